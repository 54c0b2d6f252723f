// A program of ours as a user runs it: in a folder, from a shell.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace c3d {

// The exit code of a line of the shell, run in `folder` with its streams in the files `out` and `err` there,
// or where `streams` says; -1: a signal ended it.
inline int run_command(const std::filesystem::path& folder, const std::string& line,
                       const std::string& streams = ">out 2>err") {
  const std::string command = "cd " + folder.string() + " && " + line + " " + streams;
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace c3d
