#include "engine/core/control_groups.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace c3d {
namespace {

namespace fs = std::filesystem;

// Of one group's folder; 0: none.
using Limit = std::function<double(const fs::path& group)>;

void keep_least(double& least, double limit) {
  if (limit > 0 && (least == 0 || limit < least)) least = limit;
}

// In a container the group's own name may not lead anywhere, and the mount is the group.
double min_upwards(const fs::path& mount, const fs::path& group, const Limit& limit_of) {
  double least = 0;
  fs::path name = group.relative_path();
  for (;;) {
    keep_least(least, limit_of(mount / name));
    if (name.empty()) return least;
    name = name.parent_path();
  }
}

bool holds(std::string_view controllers, std::string_view wanted) {
  while (!controllers.empty()) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == wanted) return true;
    controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
  }
  return false;
}

double min_of_groups(const fs::path& process_groups, const fs::path& mounts, const std::string& controller,
                     const Limit& of_v2, const Limit& of_v1) {
  double least = 0;
  std::ifstream groups(process_groups);
  for (std::string line; std::getline(groups, line);) {  // NUMBER:CONTROLLERS:GROUP
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      // Beside version 1, version 2 has a folder of its own.
      keep_least(least, min_upwards(mounts, group, of_v2));
      keep_least(least, min_upwards(mounts / "unified", group, of_v2));
    } else if (holds(controllers, controller)) {
      keep_least(least, min_upwards(mounts / controller, group, of_v1));
      keep_least(least, min_upwards(mounts / controllers, group, of_v1));
    }
  }
  return least;
}

double number_in(const fs::path& file) {
  double number = 0;  // stays 0 where the file says "max"
  return std::ifstream(file) >> number ? number : 0;
}

double ratio(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

double quota_of_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;  // microseconds of each `period`, or "max"
  double period = 0;
  if (!(file >> quota >> period)) return 0;
  return ratio(std::strtod(quota.c_str(), nullptr), period);
}

double quota_of_v1(const fs::path& group) {  // a quota of -1 is none
  return ratio(number_in(group / "cpu.cfs_quota_us"), number_in(group / "cpu.cfs_period_us"));
}

}  // namespace

double processor_quota(const fs::path& process_groups, const fs::path& mounts) {
  return min_of_groups(process_groups, mounts, "cpu", quota_of_v2, quota_of_v1);
}

double memory_limit(const fs::path& process_groups, const fs::path& mounts) {
  return min_of_groups(
      process_groups, mounts, "memory", [](const fs::path& group) { return number_in(group / "memory.max"); },
      [](const fs::path& group) { return number_in(group / "memory.limit_in_bytes"); });
}

}  // namespace c3d
