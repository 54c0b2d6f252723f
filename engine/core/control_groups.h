// What the control groups (cgroups, version 1 and 2) that a process is in let it use: the least of a group
// and those around it. process_groups: as /proc/self/cgroup. mounts: /sys/fs/cgroup.
#pragma once

#include <filesystem>

namespace c3d {

// Processors' worth of time; 0: as much as it wants.
double processor_quota(const std::filesystem::path& process_groups, const std::filesystem::path& mounts);
// Bytes of memory; 0: as many as there are. Version 1 says a number beyond all memory for that.
double memory_limit(const std::filesystem::path& process_groups, const std::filesystem::path& mounts);

}  // namespace c3d
