// The lock of an output: one that one process holds, with its host and number in it, so that a second one
// can say who is in the way. The lock is the system's (flock), not the file: it ends with the process however
// that ends, and a file that was left behind locks nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/io/file.h"

namespace c3d {

class FileLock {
 public:
  // Locks by the file `path`, which is made if absent and goes with the lock. Error, at once, where another
  // process has it: "`what` is in use by process 123 on host (c3d_train --out ...): ...". A file system
  // without locks gives none, and no Error.
  FileLock(const std::filesystem::path& path, const std::string& what);
  FileLock(FileLock&&) = default;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  File file_;
};

// "RUN/.lock" for a folder, "FOLDER/.NAME.lock" for a file.
std::filesystem::path lock_file_of(const std::filesystem::path& output);

}  // namespace c3d
