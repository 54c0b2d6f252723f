// Sums of 32 x 32 in four tiles, 0 to 3: [2 halves of rows][2 halves of columns], in memory 32 floats to a
// row.
#pragma once

#include <cstddef>
#include <cstdint>

namespace c3d::cpu {

template <typename V>
struct AccumulatorTiles {
  static constexpr std::int64_t kSide = 32, kBytes = kSide * kSide * 4;

  // From memory, or zeros.
  [[gnu::always_inline]] static void begin(const float* accumulators, bool add) {
    if (add) {
      V::template load_tile<0>(accumulators, kSide * 4);
      V::template load_tile<1>(accumulators + 16, kSide * 4);
      V::template load_tile<2>(accumulators + 16 * kSide, kSide * 4);
      V::template load_tile<3>(accumulators + 16 * kSide + 16, kSide * 4);
    } else {
      V::template zero_tile<0>();
      V::template zero_tile<1>();
      V::template zero_tile<2>();
      V::template zero_tile<3>();
    }
  }
  // left, left_half: the rows' first and second 16, from row to row left_stride bytes; right, right_half: the
  // columns'.
  [[gnu::always_inline]] static void add(const std::byte* left, const std::byte* left_half,
                                         std::int64_t left_stride, const std::byte* right,
                                         const std::byte* right_half, std::int64_t right_stride) {
    V::template load_tile<6>(right, right_stride);
    V::template load_tile<4>(left, left_stride);
    V::template load_tile<5>(left_half, left_stride);
    V::template load_tile<7>(right_half, right_stride);
    V::template multiply_tiles<0, 4, 6>();
    V::template multiply_tiles<2, 5, 6>();
    V::template multiply_tiles<1, 4, 7>();
    V::template multiply_tiles<3, 5, 7>();
  }
  [[gnu::always_inline]] static void end(float* accumulators) {
    V::template store_tile<0>(accumulators, kSide * 4);
    V::template store_tile<1>(accumulators + 16, kSide * 4);
    V::template store_tile<2>(accumulators + 16 * kSide, kSide * 4);
    V::template store_tile<3>(accumulators + 16 * kSide + 16, kSide * 4);
  }
};

}  // namespace c3d::cpu
