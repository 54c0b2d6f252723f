// Convolution and pooling that are not fused go over groups of clips, so that pooling reads what has just
// been written.
#pragma once

#include <algorithm>
#include <cstdint>

namespace c3d::cpu {

// A convolution's output of this many bytes at a time, or of one clip: as much as the last cache of today's
// processors may hold.
inline constexpr std::int64_t kGroupBytes = std::int64_t{32} << 20;

// bytes: of one clip's.
inline std::int64_t clips_per_group(std::int64_t clips, std::int64_t bytes) {
  return std::clamp<std::int64_t>(kGroupBytes / std::max<std::int64_t>(bytes, 1), 1, clips);
}

}  // namespace c3d::cpu
