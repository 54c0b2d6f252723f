// The options of a tool as a table that programs read: tools/scripts/make_completions.py turns it into the
// files that let a shell complete them. Every tool prints it for --option-table, which --help does not list.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace c3d {

// A line for each option and positional of `app` and its subcommands, and for each subcommand. Five fields
// with tabs between them: the subcommand that it belongs to (empty: none); its names with commas between
// them, where those of options begin with dashes; how many values it takes (0, 1, many; maybe: none or
// one; for a subcommand: command); what values; its help.
std::string option_table(const CLI::App& app);

}  // namespace c3d
