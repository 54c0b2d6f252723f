// A video from standard input: all that it gives, in a file without a name, so that nothing is left behind
// however the process ends.
#pragma once

#include <filesystem>

#include "engine/io/file.h"

namespace c3d {

class StandardInput {
 public:
  // Reads to the end. Error: it is a terminal, closed, or larger than the folder for temporary files holds.
  StandardInput();
  // Opens the file anew, at its start.
  const std::filesystem::path& path() const { return path_; }

 private:
  File file_;
  std::filesystem::path path_;
};

}  // namespace c3d
