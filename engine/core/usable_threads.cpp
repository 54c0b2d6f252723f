#include "engine/core/usable_threads.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace c3d {
namespace {

namespace fs = std::filesystem;

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

double ratio(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

double quota_of_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;  // microseconds of each `period`, or "max"
  double period = 0;
  if (!(file >> quota >> period)) return 0;
  return ratio(std::strtod(quota.c_str(), nullptr), period);
}

double quota_of_v1(const fs::path& group) {
  double quota = 0, period = 0;  // a quota of -1 is none
  std::ifstream(group / "cpu.cfs_quota_us") >> quota;
  std::ifstream(group / "cpu.cfs_period_us") >> period;
  return ratio(quota, period);
}

// The least of a group and those around it. In a container the group's own name may not lead anywhere, and
// the mount is the group.
template <typename Quota>
double least_quota(const fs::path& mount, const fs::path& group, Quota quota_of) {
  double least = 0;
  fs::path name = group.relative_path();
  for (;;) {
    const double quota = quota_of(mount / name);
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
    if (name.empty()) return least;
    name = name.parent_path();
  }
}

bool holds_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == "cpu") return true;
    controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
  }
  return false;
}

}  // namespace

double processor_quota(const fs::path& process_groups, const fs::path& mounts) {
  std::vector<double> quotas;
  std::ifstream groups(process_groups);
  for (std::string line; std::getline(groups, line);) {  // NUMBER:CONTROLLERS:GROUP
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      // Beside version 1, version 2 has a folder of its own.
      quotas.push_back(least_quota(mounts, group, quota_of_v2));
      quotas.push_back(least_quota(mounts / "unified", group, quota_of_v2));
    } else if (holds_cpu(controllers)) {
      quotas.push_back(least_quota(mounts / "cpu", group, quota_of_v1));
      quotas.push_back(least_quota(mounts / controllers, group, quota_of_v1));
    }
  }
  double least = 0;
  for (const double quota : quotas) {
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
  }
  return least;
}

int usable_threads() {
  if (const int asked = number_of(std::getenv("OMP_NUM_THREADS")); asked > 0) return asked;
  int threads = allowed_processors();
  const double quota = processor_quota("/proc/self/cgroup", "/sys/fs/cgroup");
  if (quota > 0) threads = std::min(threads, static_cast<int>(std::ceil(std::min(quota, 1e6))));
  return std::clamp(threads, 1, kMostThreads);
}

}  // namespace c3d
