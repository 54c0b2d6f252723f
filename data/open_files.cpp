#include "data/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

namespace c3d {
namespace {

constexpr int kOfOthers = 8;       // metrics, weights, a picture, the index ...
constexpr int kOpenAtLeast = 8;    // where the system does not list them
constexpr rlim_t kMany = 1 << 20;  // nobody opens more

int open_now() {
  std::error_code error;
  int count = 0;
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error)) {
    ++count;
  }
  return std::max(count, kOpenAtLeast);
}

}  // namespace

int open_files_left() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<int>(kMany);
  return std::max(0, static_cast<int>(std::min(limit.rlim_cur, kMany)) - open_now() - kOfOthers);
}

}  // namespace c3d
