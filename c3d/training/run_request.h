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
  std::vector<Assignment> flags;  // over the file's
  std::vector<std::string> set;   // "key=value", over all others
};

}  // namespace c3d
