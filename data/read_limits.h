// What a video may cost before it is refused.
#pragma once

#include <cstdint>

namespace c3d {

struct ReadLimits {
  // That reads may wait for a pipe or device which gives too little to go on with.
  double timeout_seconds = 30;
  // In a frame, decoded or resized: 8K has half of it.
  std::int64_t most_pixels = std::int64_t{8192} * 8192;
};

}  // namespace c3d
