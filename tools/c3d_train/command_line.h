// The request of c3d_train's command line.
#pragma once

#include <CLI/CLI.hpp>

#include "c3d/training/run_request.h"

namespace c3d {

void add_train_options(CLI::App& app, RunRequest& command);

}  // namespace c3d
