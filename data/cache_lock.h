// The system's locks (flock) on files in the cache, which many processes use at once. Where the file system
// has no locks, or the lock file cannot be made, nobody is kept out: what the cache holds can always be made
// again. A lock ends with its object, and with its process. One belongs to one thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "engine/io/file.h"

namespace c3d {

class CacheLock {
 public:
  explicit CacheLock(const std::filesystem::path& file);  // made if absent; nothing is held yet

  // False where another process still holds it after `patience`. Processes hold it for a moment only, but
  // one may be stopped just then.
  bool share(std::chrono::milliseconds patience = kPatience);
  bool own(std::chrono::milliseconds patience = kPatience);
  bool try_own();  // at once; what was held before is given back where it fails
  void release();

 private:
  static constexpr std::chrono::milliseconds kPatience{1000};

  bool lock(int kind, std::chrono::milliseconds patience);

  std::optional<File> file_;
};

}  // namespace c3d
