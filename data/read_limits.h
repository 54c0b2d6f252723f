// What a video may cost before it is refused, and may give to remember; and what decodes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "data/decode_device.h"

namespace c3d {

inline constexpr std::size_t kMostWarnings = 8;  // that are remembered of a video

struct ReadLimits {
  // The time that reads may wait for a pipe or device which gives too little to go on with.
  double timeout_seconds = 30;
  // In a frame, decoded or resized: 8K has half of it.
  std::int64_t max_pixels = std::int64_t{8192} * 8192;
  std::shared_ptr<const DecodeDevice> device = nullptr;  // that decodes; nullptr: the CPU
};

}  // namespace c3d
