// Multiply-adds out of registers, by the instruction that products of the set use: what one thread's
// arithmetic can do at most. Each thread runs one; there is nothing to share.
#pragma once

#include <cstdint>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/isa/gemm_micro_kernel.h"

namespace c3d::cpu {

// E: of the numbers, as in gemm_micro_kernel.h. As many sums as that kernel has, which hide the time until a
// sum is there.
template <typename V, typename E>
struct MultiplyAdds {
  using Float = typename V::Float;

  // Gives the number of multiply-adds. `sum` is written so that no compiler leaves any of them out.
  static double run(std::int64_t rounds, float* sum) {
    constexpr int kRows = V::kRows;
    constexpr std::int64_t kInRound = std::int64_t{2} * kRows * V::kWidth * kPerPair<E>;
    Float accumulators[kRows][2];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const auto start = static_cast<float>(rounds + std::int64_t{2} * i);
      const float starts[2] = {start, start + 1};
      accumulators[i][0] = V::broadcast(starts);
      accumulators[i][1] = V::broadcast(starts + 1);
    }
    const float half = 0.5f, one = 1.0f;
    const Float factor = V::broadcast(&half), addend = V::broadcast(&one);
    for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        accumulators[i][0] = next(accumulators[i][0], factor, addend);
        accumulators[i][1] = next(accumulators[i][1], factor, addend);
      }
    }
    Float all = V::zero();
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) all = all + accumulators[i][0] + accumulators[i][1];
    *sum = V::sum(all);
    return static_cast<double>(rounds * kInRound);
  }

 private:
  // Floats: the sum is a factor, else the product would be the same each time, and computed once.
  [[gnu::always_inline]] static Float next(Float sum, Float factor, Float addend) {
    constexpr const E* kType = nullptr;
    if constexpr (kPerPair<E> == 1) {
      return V::multiply_add(kType, sum, factor, addend);
    } else {
      return V::multiply_add(kType, factor, addend, sum);
    }
  }
};

// The same by matrix tiles, of bf16.
template <typename V>
struct TileMultiplyAdds {
  static double run(std::int64_t rounds, float* sum) {
    constexpr std::int64_t kInProduct = V::kTileRows * V::kTilePairs * 2 * 16;
    alignas(64) BFloat16 ones[V::kTileBytes / 2];
    for (BFloat16& value : ones) value.bits = 0x3f80;
    alignas(64) float accumulators[V::kTileBytes / 4];
    V::configure(V::kTilePairs);
    V::template zero_tile<0>();
    V::template zero_tile<1>();
    V::template zero_tile<2>();
    V::template zero_tile<3>();
    V::template load_tile<4>(ones, 64);
    V::template load_tile<5>(ones, 64);
    V::template load_tile<6>(ones, 64);
    V::template load_tile<7>(ones, 64);
    for (std::int64_t round = 0; round < rounds; ++round) {
      V::template multiply_tiles<0, 4, 6>();
      V::template multiply_tiles<1, 4, 7>();
      V::template multiply_tiles<2, 5, 6>();
      V::template multiply_tiles<3, 5, 7>();
    }
    V::template store_tile<0>(accumulators, 64);
    V::release();
    *sum = accumulators[0];
    return static_cast<double>(rounds * 4 * kInProduct);
  }
};

}  // namespace c3d::cpu
