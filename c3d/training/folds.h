// One run of a cross-validation: which of its folds validates, and how the videos are parted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "c3d/training/train_settings.h"
#include "data/dataset.h"

namespace c3d {

struct FoldChoice {
  std::int64_t fold = 1, folds = 2;  // 1 ... folds: the one that validates
};
// "2/5", as the setting `fold` has it.
std::string fold_text(const FoldChoice& choice);
// nullopt: the settings name no fold. Error: it is no fold, or --val names other videos to validate with.
std::optional<FoldChoice> fold_of(const TrainSettings& settings);

// What a run knows of the other folds.
struct Folds {
  FoldChoice choice;
  std::vector<std::int32_t> of_train, of_validation;  // where each video validates, from 0
  std::string fingerprint;  // of the videos of all folds, wherever they are: the same for each of them
};
// Moves the videos of the fold from `train`, which holds all, to `validation`.
Folds split_fold(const FoldChoice& choice, const std::string& group_regex, std::uint64_t seed, Dataset& train,
                 Dataset& validation);
// A line for each class: how many videos train and validate in each fold.
std::string fold_table(const Folds& folds, const Dataset& train, const Dataset& validation);

}  // namespace c3d
