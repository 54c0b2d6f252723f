#include "data/cache_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace c3d {
namespace {

constexpr std::chrono::milliseconds kBetween{2};  // tries

}  // namespace

CacheLock::CacheLock(const std::filesystem::path& file)
    : file_(File::try_open(file, O_RDWR | O_CREAT | O_NONBLOCK)) {
  if (!file_) file_ = File::try_open(file, O_RDONLY | O_NONBLOCK);  // a cache that can only be read
}

bool CacheLock::lock(int kind, Patience patience) {
  if (!file_) return true;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const int status = ::flock(file_->descriptor(), kind | LOCK_NB);
    const int code = errno;
    if (status == 0 || (code != EWOULDBLOCK && code != EINTR)) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kBetween);
  }
}

bool CacheLock::share(Patience patience) { return lock(LOCK_SH, patience); }
bool CacheLock::own(Patience patience) { return lock(LOCK_EX, patience); }
void CacheLock::release() {
  if (file_) ::flock(file_->descriptor(), LOCK_UN);
}

}  // namespace c3d
