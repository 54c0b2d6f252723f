// The settings that follow from what was asked: defaults, or the stopped run's own; over them the config
// file, then the flags, then --set. What a recipe adds to those of a new run is in recipes.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "c3d/training/run_folder.h"
#include "c3d/training/run_request.h"
#include "c3d/training/train_settings.h"
#include "engine/core/error.h"
#include "engine/train/checkpoint.h"

namespace c3d {

struct ResolvedRun {
  TrainSettings settings;
  // Nothing of it was settled before: its recipe is to be applied. A file of settings without one means none.
  bool is_new = false;
  std::set<std::string> given = {};      // keys that were set
  std::optional<Checkpoint> checkpoint;  // to go on from
};

// What the request asks for, in the order in which it counts.
std::vector<Assignment> assignments_of(const RunRequest& request);
// Settings with these changes, each over those before it.
TrainSettings with(TrainSettings settings, const std::vector<Assignment>& assignments);

// Error: the folder holds a run, or any file of one, and --resume was not given; it holds a cross-validation;
// a resumed run was asked for other settings, or its state is gone.
ResolvedRun resolve(const RunRequest& request, const RunFolder& folder);

// Adds the config file's name to an error that may be for its sake, where there is such a file.
void name_config(const RunRequest& request, Error& error);
// What `work` returns. Its errors name the config file.
template <typename Work>
auto naming_config(const RunRequest& request, const Work& work) {
  try {
    return work();
  } catch (Error& error) {
    name_config(request, error);
    throw;
  }
}

// What the run added to its state. Errors say what is missing or wrong in it.
const std::string& state_entry(const Checkpoint& checkpoint, const std::string& key);
std::uint64_t metric_bytes_of(const Checkpoint& checkpoint);
std::array<float, 3> mean_of(const Checkpoint& checkpoint);

}  // namespace c3d
