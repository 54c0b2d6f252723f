// What c3d_train was asked to do, and the settings that follow: defaults, or the stopped run's own; over them
// the config file, then the flags, then --set.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/train/checkpoint.h"
#include "tools/c3d_train/run_folder.h"
#include "tools/shared/train_settings.h"

namespace c3d {

struct TrainCommand {
  std::filesystem::path out, config;
  bool resume = false, dry_run = false;
  std::vector<std::string> set;
  std::vector<Assignment> flags;  // --data, --seed ... as settings
};

void add_train_options(CLI::App& app, TrainCommand& command);

struct ResolvedRun {
  TrainSettings settings;
  std::optional<Checkpoint> checkpoint;  // to go on from
};

// Error: the folder holds a run, or any file of one, and --resume was not given; a resumed run was asked for
// other settings, or its state is gone.
ResolvedRun resolve(const TrainCommand& command, const RunFolder& folder);

// What goes wrong in `work` for the settings' sake names the config file, where there is one.
void naming_config(const TrainCommand& command, const std::function<void()>& work);

// What the run added to its state. Errors say what is missing or wrong in it.
const std::string& state_entry(const Checkpoint& checkpoint, const std::string& key);
std::uint64_t metric_bytes_of(const Checkpoint& checkpoint);
std::array<float, 3> mean_of(const Checkpoint& checkpoint);

// For a shell: in quotes where it must be; what a terminal must not see in bash's escapes.
std::string shell_word(const std::string& text);

}  // namespace c3d
