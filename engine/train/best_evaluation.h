// Which of a run's evaluations is its best, and how many came since: what TrainState remembers of them.
#pragma once

#include "engine/train/checkpoint.h"
#include "engine/train/report.h"

namespace c3d {

// Whether the evaluation is better than all before it. The state then holds it as the best, and else counts
// one more without a better one.
bool note_evaluation(TrainState& state, const EvaluationReport& report, BestBy by);

// What the next evaluation must beat: "50.0 %", "40.0 % of the clips", "a loss of 0.693".
std::string best_text(const TrainState& state, BestBy by);

}  // namespace c3d
