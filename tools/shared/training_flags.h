// Options that each stand for one setting of training, alike in every tool that reads videos as c3d_train
// does.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "c3d/training/train_settings.h"

namespace c3d {

struct TrainingFlag {
  const char *name, *key, *help;  // "--val", the setting "val"
};

// Which videos there are, and how they are split: --val, --root, --classes ...
std::vector<TrainingFlag> data_flags();

// Adds an option, whose value goes to the end of `given`; what the setting would refuse is a wrong command
// line. `given` must live until the options are parsed.
CLI::Option* add_training_flag(CLI::App& app, const TrainingFlag& flag, std::vector<Assignment>& given);
// Adds --set key=value, likewise, of which there may be any number.
CLI::Option* add_set_option(CLI::App& app, std::vector<std::string>& given);

}  // namespace c3d
