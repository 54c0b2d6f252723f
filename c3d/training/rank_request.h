// Whether so many ranks can share the steps of a run.
#pragma once

#include "c3d/training/run_request.h"
#include "c3d/training/train_settings.h"

namespace c3d {

// BadRequest: a step has fewer micro-batches than there are ranks.
void expect_micro_batches(const TrainSettings& settings, int ranks, bool resumes);

// The same of the ranks that a request wants, as far as it can be told before any of them has started: from what it says, and
// from the settings of a run to go on with. What a recipe may still choose is not judged.
void expect_micro_batches(const RunRequest& request);

}  // namespace c3d
