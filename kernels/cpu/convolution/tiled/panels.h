// What the blocks of tiles pass from one step to the next, whichever way a convolution is computed: packed
// filters, panels of inputs, and the accumulated products.
#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/cpu/convolution/problem/job.h"
#include "kernels/cpu/isa/gemm_micro_kernel.h"

namespace c3d::cpu {

// An element of activations or filters as one of the products.
template <typename E, typename T>
E element(T value) {
  if constexpr (std::is_same_v<T, E>) {
    return value;
  } else {
    return to_float(value);
  }
}

// How rows of products follow from input channels and taps. Rows of one tap fill whole lines, but for
// `stem` inputs (the clip's three colours), whose taps are packed.
struct RowLayout {
  std::int64_t channels = 0, taps = 1;
  std::int64_t per_tap = 0;  // rows from one tap to the next
  std::int64_t rows() const { return taps > 1 ? taps * per_tap : per_tap; }
};

// step: rows of a VNNI pair; line: rows of a line.
inline RowLayout row_layout(std::int64_t channels, std::int64_t taps, bool stem, std::int64_t step,
                            std::int64_t line) {
  if (stem) return {channels, taps, channels};
  return {channels, taps, round_up(channels, taps > 1 ? line : step)};
}

// Elements of one point's filters of an out block.
template <typename V, typename E>
[[gnu::always_inline]] constexpr std::int64_t filter_panel(std::int64_t vnni_pairs) {
  return point_stride(vnni_pairs * 2 * V::kWidth * kPerPair<E>, sizeof(E));
}

// A tile by its number: tiles are counted over clips, d, h, w of the output.
struct TileGrid {
  Extent3 count, size;

  TileGrid(const Extent3& out, const Extent3& outputs)
      : count{ceil_div(out.d, outputs.d), ceil_div(out.h, outputs.h), ceil_div(out.w, outputs.w)},
        size(outputs) {}
  struct Place {
    std::int64_t clip, d, h, w;  // of the tile's first output
  };
  Place operator[](std::int64_t tile) const {
    const std::int64_t w = tile % count.w, row = tile / count.w;
    const std::int64_t h = row % count.h, plane = row / count.h;
    return {plane / count.d, plane % count.d * size.d, h * size.h, w * size.w};
  }
};

// The transformed inputs of `tiles` tiles: where a point's plane begins, a channel block, a tile's line.
template <typename E>
struct Panels {
  E* data = nullptr;
  std::int64_t point_stride = 0, channel_block_stride = 0, line = 0;  // in elements
  bool streamed =
      false;  // they are more than the caches hold: written past them, and fetched for the products
};

// A vector of a panel's line.
template <typename V, typename E>
[[gnu::always_inline]] inline void store_point(typename V::Float value, E* to, bool streamed) {
  if constexpr (std::is_same_v<E, float>) {
    if (streamed) return V::stream(value, to);
  }
  V::store(value, to);
}

// The last axis of a tile, its depth: of each place of the planes a column becomes `points` points, as
// transform(column, result) says, which are stored a plane of `stride` apart.
template <typename V, int points, bool streamed, int depth, int plane, typename E, typename Transform>
[[gnu::always_inline]] inline void store_depth(const typename V::Float (&planes)[depth][plane], E* to,
                                               std::int64_t stride, const Transform& transform) {
  for (int i = 0; i < plane; ++i, to += stride) {
    typename V::Float column[depth], result[points];
#pragma GCC unroll 6
    for (int z = 0; z < depth; ++z) column[z] = planes[z][i];
    transform(column, result);
#pragma GCC unroll 6
    for (int z = 0; z < points; ++z)
      store_point<V>(result[z], to + std::int64_t{z} * plane * stride, streamed);
  }
}

// The first `channels` lanes, or all.
template <typename V, typename T>
[[gnu::always_inline]] inline void store_channels(typename V::Float value, T* to, std::int64_t channels) {
  if (channels == V::kWidth) {
    V::store(value, to);
  } else {
    V::store_part(value, to, channels);
  }
}

// Products of one block of output channels: where a point begins.
struct Accumulators {
  const float* data = nullptr;
  std::int64_t point_stride = 0;
};

}  // namespace c3d::cpu
