// The system's locks (flock) on files in the cache, which many processes use at once. A file system without
// locks, and a lock file that cannot be made, count as locked: what the cache holds can always be made again.
// A lock ends with its object, and with its process. One belongs to one thread at a time.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/io/file.h"

namespace c3d {

class CacheLock {
 public:
  explicit CacheLock(const std::filesystem::path& file);  // made if absent; nothing is held yet

  // False where another process holds it for more than a second; none does while it works.
  bool share();
  bool own();
  bool try_own();  // at once; what was held before is given back where it fails
  void release();

 private:
  bool lock(int kind, bool waits);

  std::optional<File> file_;
};

}  // namespace c3d
