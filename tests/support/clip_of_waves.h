// A clip of smooth patterns for the network of tests/support/small_model.h; each seed gives another.
#pragma once

#include <cmath>
#include <cstdint>

#include "c3d/inference/clip_stream.h"

namespace c3d {

inline Clip clip_of_waves(int seed) {
  Clip clip;
  clip.frames = ClipFrames(std::size_t{16} * 48 * 64 * 3);
  for (std::size_t i = 0; i < clip.frames.size(); ++i) {
    clip.frames[i] =
        static_cast<std::uint8_t>(128 + 100 * std::sin(static_cast<double>(i) * (0.001 + 0.0007 * seed)));
  }
  return clip;
}

}  // namespace c3d
