// The seam at which c3d_infer gets a command: a subcommand with options of its own, in a source of its own,
// which main.cpp lists. Man pages and completions follow from its options.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace c3d {

struct Command {
  const CLI::App* app;        // of the tool's, which owns it
  std::function<int()> work;  // what run_main() runs where the command is given
};

Command add_evaluate(CLI::App& app);  // evaluate_command.cpp
Command add_match(CLI::App& app);     // match_command.cpp
Command add_merge(CLI::App& app);     // merge_command.cpp

}  // namespace c3d
