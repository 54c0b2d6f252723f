// What c3d_infer does without a command: labels videos, and takes their features.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace c3d {

// Adds the options to the tool itself. Returns its work, for run_main().
std::function<int()> add_labelling(CLI::App& app);

}  // namespace c3d
