// Random numbers of one scene from Philox: the same for (key, scene, use) on every machine. Each use of a
// scene (its plan, its backdrop, its actor ...) has a stream of its own, so that a draw more in one leaves
// the others as they are. Two draws never stand among the arguments of one call, whose order C++ leaves open;
// those of a braced list are made from left to right.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/philox.h"

namespace c3d::synth {

enum class Use : std::uint8_t { plan, backdrop, actor, others, front, camera, light, film, playback };

class Draws {
 public:
  Draws(std::uint64_t key, std::uint64_t scene, Use use)
      : key_(key), stream_(scene << 8U | static_cast<std::uint64_t>(use)) {}

  std::uint32_t bits() {
    if (drawn_ % 4 == 0) block_ = philox(key_, drawn_ / 4, stream_);
    return block_.word[drawn_++ % 4];
  }
  float uniform() { return uniform_float(bits()); }  // [0, 1)
  float between(float low, float high) { return low + (high - low) * uniform(); }
  int below(int count) {
    return static_cast<int>(std::uint64_t{bits()} * static_cast<std::uint64_t>(count) >> 32U);
  }
  bool chance(float probability) { return uniform() < probability; }
  float sign() { return chance(0.5F) ? 1.0F : -1.0F; }
  template <typename T, std::size_t count>
  T pick(const std::array<T, count>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(count)))];
  }

 private:
  std::uint64_t key_, stream_, drawn_ = 0;
  PhiloxBlock block_{};
};

}  // namespace c3d::synth
