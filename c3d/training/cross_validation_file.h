// folds.json in the folder of a cross-validation: how it trains, and what came of the folds that are
// finished.
//
// {"folds": 3, "settings": {"data": ...}, "videos": "6b1c...", "labels": ["boxing", ...],
//  "results": [{"fold": 1, "step": 1200, "best_step": 960, "best_top1": 0.8, "videos": 60, "clips": 600,
//               "clip_loss": ..., "clip_accuracy": ..., "video_loss": ..., "top1": ..., "top5": ...,
//               "confusion": [[...], ...]}, ...],
//  "mean": {"clip_loss": ..., ...}, "deviation": {...}, "confusion": [[...], ...]}
//
// "videos" is the fingerprint of those of all folds; "mean", "deviation" and "confusion" are of all results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/training.h"

namespace c3d {

struct CrossValidationRecord {
  std::int64_t folds = 0;
  std::string settings;  // JSON, without `fold`
  std::string videos;    // empty: they were not looked at yet
  std::vector<std::string> labels;
  std::vector<FoldResult> results;  // of the finished folds, in the order of these; without `run`
};

std::filesystem::path cross_validation_file(const std::filesystem::path& folder);
std::filesystem::path fold_folder(const std::filesystem::path& folder, std::int64_t fold);
bool holds_cross_validation(const std::filesystem::path& folder);
// Error: it is damaged, and how to go on.
CrossValidationRecord read_cross_validation(const std::filesystem::path& folder);
void write_cross_validation(const std::filesystem::path& folder, const CrossValidationRecord& record);

// Means and deviations over the finished folds, and all of their videos by [truth][prediction].
CrossValidationResult result_of(const std::filesystem::path& folder, const CrossValidationRecord& record);

}  // namespace c3d
