// A cross-validation: a run of training for each fold, one after the other, and what they come to together.
#pragma once

#include <cstdint>
#include <string>

#include "c3d/training.h"
#include "c3d/training/run_request.h"
#include "c3d/training/run_training.h"

namespace c3d {

// It asks for folds, or goes on in a folder that has some.
bool is_cross_validation(const RunRequest& request);

struct CrossValidationOutcome {
  RunEnding ending = RunEnding::dry;
  CrossValidationResult result;
  std::int64_t fold = 0, folds = 0;  // the last that was at work, from 1, and how many there are
  RunOutcome run;                    // of that one
};

// request.out holds folds.json, a folder for each fold's run, and the confusion matrix of all. Finished folds
// are left as they are. Notes that an earlier fold gave are not given again.
CrossValidationOutcome run_cross_validation(const RunRequest& request, RunObserver& observer);

// A line for each fold, then mean and standard deviation.
std::string fold_results_table(const CrossValidationResult& result);

}  // namespace c3d
