// Which videos belong together, by their names, and orders drawn from a seed in which groups are dealt out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace c3d {

// For each video the number of its group; groups count from 0 in the order of their first video. The group is
// the first capture of `group_regex` (RE2's syntax) in the path's last part, else the video by itself. Error:
// the expression is not valid, or captures nothing.
std::vector<std::size_t> groups_of(const Dataset& dataset, const std::string& group_regex);

// Error: the expression is not valid, or captures nothing.
void check_group_regex(const std::string& group_regex);
// Those in which `group_regex` finds nothing: each is a group by itself.
std::vector<const Video*> videos_outside(const Dataset& dataset, const std::string& group_regex);

// For each class the number of groups that show it.
std::vector<std::int64_t> groups_per_class(const Dataset& dataset, const std::string& group_regex);

// 0 ... count - 1 in an order drawn from the key.
std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t key);

}  // namespace c3d
