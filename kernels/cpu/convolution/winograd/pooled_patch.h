// The gradient of what a max-pooling saw, made where it is used: the positions of one tile and one vector of
// channels from the pooled gradient. The tensor of all of it, four or eight times as large and mostly zeros,
// is then never written.
#pragma once

#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

// A tile of Depth x Side x Side outputs, Side even. T: of activations.
template <typename V, typename T, int Depth, int Side>
struct PooledPatch {
  static constexpr std::int64_t kWidth = V::kWidth;

  alignas(64) T values[Depth][Side][Side][kWidth];

  // The tile's first output is d0, h0, w0 of `clip`; outputs in no window get zero. Of `channels` those from
  // c on, `count` of them if they are fewer than a vector.
  void fill(const PooledGradient& pooled, std::int64_t channels, std::int64_t clip, std::int64_t d0,
            std::int64_t h0, std::int64_t w0, std::int64_t c, std::int64_t count) {
    for (int z = 0; z < Depth; ++z) {
      const std::int64_t d = (d0 + z) / pooled.window.d;
      const int depth_tap = static_cast<int>((d0 + z) % pooled.window.d) * 4;
      for (int y = 0; y < Side; ++y) {
        const std::int64_t h = (h0 + y) / 2;
        const bool inside = d < pooled.extent.d && h < pooled.extent.h;
        const std::int64_t row = inside ? (clip * pooled.extent.d + d) * pooled.extent.h + h : -1;
        fill_row(pooled, channels, row, w0 / 2, depth_tap + y % 2 * 2, c, count, values[z][y]);
        if (y % 2 == 0) fetch(pooled, channels, row, (w0 + Side) / 2, c);
      }
    }
  }

 private:
  // One row of outputs, whose taps in their windows are first_tap and the next. row: of windows, -1: none.
  [[gnu::always_inline]] static void fill_row(const PooledGradient& pooled, std::int64_t channels,
                                              std::int64_t row, std::int64_t first_window, int first_tap,
                                              std::int64_t c, std::int64_t count, T (&to)[Side][kWidth]) {
#pragma GCC unroll 2
    for (int i = 0; i < Side / 2; ++i) {
      typename V::Float gradient = V::zero();
      typename V::Int where{};
      if (row >= 0 && first_window + i < pooled.extent.w) {
        const std::int64_t at = (row * pooled.extent.w + first_window + i) * channels + c;
        gradient = positive(pooled, at, count);
        where = V::load_bytes(pooled.argmax + at, count);
      }
      V::store(where == first_tap ? gradient : V::zero(), to[2 * i]);
      V::store(where == first_tap + 1 ? gradient : V::zero(), to[2 * i + 1]);
    }
  }

  // The row's windows beyond the tile, which the next tile reads.
  [[gnu::always_inline]] static void fetch(const PooledGradient& pooled, std::int64_t channels,
                                           std::int64_t row, std::int64_t window, std::int64_t c) {
    if (row < 0) return;
#pragma GCC unroll 2
    for (int i = 0; i < Side / 2; ++i) {
      const std::int64_t at = (row * pooled.extent.w + window + i) * channels + c;
      V::prefetch(static_cast<const T*>(pooled.dy) + at);
      V::prefetch(static_cast<const T*>(pooled.y) + at);
      V::prefetch(pooled.argmax + at);
    }
  }

  // The gradient where the pooled value is positive.
  [[gnu::always_inline]] static typename V::Float positive(const PooledGradient& pooled, std::int64_t at,
                                                           std::int64_t count) {
    const T *dy = static_cast<const T*>(pooled.dy) + at, *y = static_cast<const T*>(pooled.y) + at;
    if (count >= kWidth) return V::load(y) > 0.0f ? V::load(dy) : V::zero();
    return V::load_part(y, count) > 0.0f ? V::load_part(dy, count) : V::zero();
  }
};

}  // namespace c3d::cpu
