// Winograd's transforms along depth: of lines of positions at the same place of some planes, channel by
// channel, into as many lines of transformed numbers, rounded to bf16.
#pragma once

#include <algorithm>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/problem/job.h"
#include "kernels/cpu/convolution/winograd/axis.h"

namespace c3d::cpu {

// Of at most 16 channels two neighbouring positions fill a line of 32 numbers, so that two taps are one step.
// A plane's 9 taps then are 6 steps, of each row of taps the first two, and the last with zeros for the one
// before it: no output sees a position that its own taps do not see.
struct DepthSteps {
  static constexpr std::int64_t kTaps = 9, kPairs = 6, kHalf = 16;

  bool paired;

  [[gnu::always_inline]] explicit DepthSteps(std::int64_t channels) : paired(channels <= kHalf) {}
  [[gnu::always_inline]] std::int64_t count() const { return paired ? kPairs : kTaps; }
  // The tap that a step's line begins with.
  [[gnu::always_inline]] std::int64_t tap(std::int64_t step) const {
    return paired ? step / 2 * 3 + step % 2 : step;
  }
  // The first half of a line that counts.
  [[gnu::always_inline]] std::int64_t first_half(std::int64_t step) const { return paired ? step % 2 : 0; }
};

// Planes side by side in depth: [clips][extent][channels] bf16.
struct DepthPlanes {
  const void* data;
  Extent3 extent;
  std::int64_t channels;

  // A row of the planes from `depth` on, channels from `channel` on; null: outside.
  template <int N>
  [[gnu::always_inline]] void rows(std::int64_t clip, std::int64_t depth, std::int64_t row,
                                   std::int64_t channel, const BFloat16* (&to)[N]) const {
    for (std::int64_t i = 0; i < N; ++i) {
      const std::int64_t plane = depth + i, line = (clip * extent.d + plane) * extent.h + row;
      to[i] = plane < 0 || plane >= extent.d
                  ? nullptr
                  : static_cast<const BFloat16*>(data) + line * extent.w * channels + channel;
    }
  }
};

// from: of `count` positions each, `step` elements from one to the next; null: all zeros. The first
// `channels` of a position count, at most 32.
// to: `width` elements, 16 or 32, at each of `count` positions, `to_step` from one to the next, `stride` from
// a transformed line to the next.
template <typename V, int To, int From, typename Transform>
[[gnu::always_inline]] inline void transform_lines(const BFloat16* const (&from)[From], std::int64_t step,
                                                   std::int64_t count, std::int64_t channels, BFloat16* to,
                                                   std::int64_t to_step, std::int64_t stride,
                                                   std::int64_t width, const Transform& transform) {
  using Float = typename V::Float;
  constexpr std::int64_t kWidth = V::kWidth;
  for (std::int64_t first = 0; first < width; first += kWidth) {
    const std::int64_t some = std::clamp<std::int64_t>(channels - first, 0, kWidth);
    for (std::int64_t i = 0; i < count; ++i) {
      Float values[From], transformed[To];
#pragma GCC unroll 6
      for (int line = 0; line < From; ++line) {
        const std::int64_t at = i * step + first;
        values[line] = from[line] == nullptr || some == 0 ? V::zero()
                       : some == kWidth                   ? V::load(from[line] + at)
                                                          : V::load_part(from[line] + at, some);
      }
      transform(values, transformed);
#pragma GCC unroll 6
      for (int line = 0; line < To; ++line) {
        V::store(transformed[line], to + line * stride + i * to_step + first);
      }
    }
  }
}

}  // namespace c3d::cpu
