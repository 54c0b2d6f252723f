// How many threads this process should start where nobody says a number.
#pragma once

#include <filesystem>

namespace c3d {

inline constexpr int kMostThreads = 1024;  // that can be asked for

// OMP_NUM_THREADS where it is set; else one for each processor that this process may run on, and no more than
// its control groups (cgroup v1 and v2) let it use at a time, rounded up. At least 1.
int usable_threads();

// Processors' worth of time that the control groups of a process give it; 0: as much as it wants.
// process_groups: as /proc/self/cgroup. mounts: /sys/fs/cgroup.
double processor_quota(const std::filesystem::path& process_groups, const std::filesystem::path& mounts);

}  // namespace c3d
