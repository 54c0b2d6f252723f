// The system's locks (flock) on files in the cache, which many processes use at once. Where a file system has
// no locks, or the lock file can be neither made nor opened, every call succeeds: what the cache holds can
// always be made again. A lock ends with its object, and with its process. One belongs to one thread at a
// time.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "engine/io/file.h"

namespace c3d {

using Patience = std::chrono::milliseconds;
inline constexpr Patience kShortPatience{1000};  // while there is other work to do
// A process that counts all frames, or makes room, keeps the lock that long.
inline constexpr Patience kLongPatience{60'000};

class CacheLock {
 public:
  explicit CacheLock(const std::filesystem::path& file);  // made if absent; nothing is held yet

  // False: another process still held it after that time. A lock held before is given back then.
  bool share(Patience patience);
  bool own(Patience patience);
  bool try_own() { return own(Patience{0}); }
  void release();

 private:
  bool lock(int kind, Patience patience);

  std::optional<File> file_;
};

}  // namespace c3d
