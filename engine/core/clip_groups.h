// A batch in groups of clips, for ops that need more memory for each clip than they may take for all at once.
#pragma once

#include <algorithm>
#include <cstdint>

namespace c3d {

// As many clips as this many bytes hold, but at least one.
constexpr std::int64_t clips_within(std::int64_t bytes, std::int64_t bytes_of_clip) {
  return std::max<std::int64_t>(bytes / std::max<std::int64_t>(bytes_of_clip, 1), 1);
}

// body(first, count) for each group of `at_once` clips; the last may have fewer.
template <typename Body>
void for_each_group(std::int64_t clips, std::int64_t at_once, const Body& body) {
  for (std::int64_t first = 0; first < clips; first += at_once) {
    body(first, std::min(at_once, clips - first));
  }
}

}  // namespace c3d
