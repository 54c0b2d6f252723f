// Words of a command line that a tool does not know.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace c3d {

std::vector<std::string> command_names(const CLI::App& app);

// Of a command line that was read, as far as it was: what was left over, in the order in which it was typed,
// with the option or command that each may have been meant for. A word after an unknown option counts as its
// value. Empty: nothing was left over.
std::string unknown_words(const CLI::App& app);

}  // namespace c3d
