#include "engine/core/usable_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "engine/core/control_groups.h"

namespace c3d {

double usable_memory_bytes() {
  double bytes =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  const double of_groups = memory_limit("/proc/self/cgroup", "/sys/fs/cgroup");
  if (of_groups > 0) bytes = std::min(bytes, of_groups);
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    bytes = std::min(bytes, static_cast<double>(limit.rlim_cur));
  }
  return bytes;
}

}  // namespace c3d
