// What c3d_train was asked to do.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/shared/train_settings.h"

namespace c3d {

struct TrainCommand {
  std::filesystem::path out, config;
  bool resume = false, dry_run = false;
  std::vector<std::string> set;
  std::vector<Assignment> flags;  // --data, --seed ... as settings
};

void add_train_options(CLI::App& app, TrainCommand& command);

}  // namespace c3d
