// What a run of training is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/training/train_settings.h"

namespace c3d {

struct RunRequest {
  std::filesystem::path out, config;  // the run's folder; a file of settings, or empty
  bool resume = false, dry_run = false;
  bool is_settled = false;  // its settings are those that another fold came to: nobody set them
  std::int64_t folds = 0;   // of a cross-validation, see cross_validation.h; 0: none was asked for
  // A picture of training clips, to be drawn in place of training; or empty.
  std::filesystem::path show_clips = {};
  // A table to be made of the metrics of the run in `out`, in place of training; or empty.
  std::filesystem::path metrics_csv = {};
  std::int64_t ranks =
      0;  // that mpirun is to start here; 0: this process trains, alone or as what started it says
  double rank_timeout = 300;      // seconds without a step, or a word, that end all ranks
  std::vector<Assignment> flags;  // over the file's
  std::vector<std::string> set;   // "key=value", over all others

  // Nothing is trained, and the run's folder stays as it is.
  bool only_looks() const { return dry_run || !show_clips.empty(); }
};

}  // namespace c3d
