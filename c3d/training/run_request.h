// What a run of training is asked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/training/train_settings.h"

namespace c3d {

struct RunRequest {
  std::filesystem::path out, config;  // the run's folder; a file of settings, or empty
  bool resume = false, dry_run = false;
  std::filesystem::path show_clips = {};  // a picture of training clips to draw in place of training, or empty
  std::vector<Assignment> flags;     // over the file's
  // Nothing is trained, and the run's folder stays as it is.
  bool only_looks() const { return dry_run || !show_clips.empty(); }
  std::vector<std::string> set;  // "key=value", over all others
};

}  // namespace c3d
