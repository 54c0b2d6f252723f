// What the main() of every tool does around its work: makes the standard streams safe to use, reads the
// command line, then turns what is thrown into one clear message on stderr and an exit code. 0: done (and
// --help, --version, --option-table); 1: the work failed, or standard output cannot be written; 2: the
// command line is wrong, or the work is refused as a BadRequest.
//
// A standard stream that is closed stays closed to reads and writes, and never becomes a file that the work
// opens. Signals of broken pipes and of files that grow too large are ignored: the write says so. Arguments
// reach the options as they were given (exact_arguments.h).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string_view>

namespace c3d {

// Exit code, also of what is known to be wrong once the weights are read.
inline constexpr int kWrongCommandLine = 2;

// Flushes standard output. Error: what was printed is lost, as it is closed, full or nobody reads it any
// more.
void expect_output_is_written();
// To standard output, and flushes it. The same Error, with the cause also where the text is long.
void print(std::string_view text);

// `work` runs after the options are parsed; what it returns is the exit code.
int run_main(CLI::App& app, int argc, char** argv, const std::function<int()>& work);

}  // namespace c3d
