#include "data/cache_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace c3d {
namespace {

constexpr int kAttempts = 500;
constexpr std::chrono::milliseconds kBetween{2};

}  // namespace

CacheLock::CacheLock(const std::filesystem::path& file)
    : file_(File::try_open(file, O_RDWR | O_CREAT | O_NONBLOCK)) {
  if (!file_) file_ = File::try_open(file, O_RDONLY | O_NONBLOCK);  // a cache that can only be read
}

bool CacheLock::lock(int kind, bool waits) {
  if (!file_) return true;
  for (int attempt = 0;; ++attempt) {
    const int status = ::flock(file_->descriptor(), kind | LOCK_NB);
    const int code = errno;
    if (status == 0 || (code != EWOULDBLOCK && code != EINTR)) return true;
    if (!waits || attempt == kAttempts) return false;
    std::this_thread::sleep_for(kBetween);
  }
}

bool CacheLock::share() { return lock(LOCK_SH, true); }
bool CacheLock::own() { return lock(LOCK_EX, true); }
bool CacheLock::try_own() { return lock(LOCK_EX, false); }
void CacheLock::release() {
  if (file_) ::flock(file_->descriptor(), LOCK_UN);
}

}  // namespace c3d
