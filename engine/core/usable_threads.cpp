#include "engine/core/usable_threads.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "engine/core/control_groups.h"

namespace c3d {
namespace {

// The first of a list, one for each level of nesting; 0: none.
int number_of(const char* text) {
  if (text == nullptr) return 0;
  std::string_view list = text;
  while (list.starts_with(' ')) list.remove_prefix(1);
  int number = 0;
  std::from_chars(list.data(), list.data() + list.size(), number);
  return std::clamp(number, 0, kMostThreads);
}

int allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // Fails on machines with more processors than a cpu_set_t has bits.
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int usable_processors() {
  int threads = allowed_processors();
  const double quota = processor_quota("/proc/self/cgroup", "/sys/fs/cgroup");
  if (quota > 0) threads = std::min(threads, static_cast<int>(std::ceil(std::min(quota, 1e6))));
  return std::clamp(threads, 1, kMostThreads);
}

int usable_threads() {
  const int asked = number_of(std::getenv("OMP_NUM_THREADS"));
  return asked > 0 ? asked : usable_processors();
}

}  // namespace c3d
