// The GEMM micro-kernel of tiled convolutions: a few rows of A times a panel of B with two vectors of
// columns, all sums in registers.
//
// E is float, or BFloat16 with two numbers to a VNNI pair. A line is a vector of VNNI pairs. A lies in lines,
// [channel block][row] [line], so that a channel block of all rows is contiguous; B is [VNNI pair][2 lines];
// C is [row][2 vectors] of floats. With one vector of columns their second halves are passed over.
#pragma once

#include <algorithm>
#include <utility>

#include "engine/core/bfloat16.h"

namespace c3d::cpu {

template <typename E>
inline constexpr int kPerPair = 4 / static_cast<int>(sizeof(E));

// Rows of a block whose sums are one or two vectors wide: as many sums as registers hold.
template <typename V, int Columns>
inline constexpr int kBlockRows = V::kRows * 2 / Columns;

// sums [Rows][Columns vectors] += the products of numbers of A, `stride` floats apart (with bf16 pairs), and
// one or two vectors of B. A number is loaded once for its two products, or by each of them where the
// processor can: twice the loads, but one instruction less. Doing so for every other row leaves room for
// both, also where another thread takes half of the instructions that the core can begin.
template <typename V, typename E, int Rows, int Columns>
[[gnu::always_inline]] inline void add_outer_product(const float* numbers, std::int64_t stride,
                                                     const typename V::Float (&b)[Columns],
                                                     typename V::Float (&accumulators)[Rows][Columns]) {
  constexpr const E* kType = nullptr;
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    const float* number = numbers + i * stride;
    if constexpr (Columns == 1) {
      accumulators[i][0] = V::multiply_add_number(kType, number, b[0], accumulators[i][0]);
    } else if (V::kReadsInProducts && i % 2 == 1) {
      accumulators[i][0] = V::multiply_add_number(kType, number, b[0], accumulators[i][0]);
      accumulators[i][1] = V::multiply_add_number(kType, number, b[1], accumulators[i][1]);
    } else {
      const typename V::Float value = V::broadcast(number);
      accumulators[i][0] = V::multiply_add(kType, value, b[0], accumulators[i][0]);
      accumulators[i][1] = V::multiply_add(kType, value, b[1], accumulators[i][1]);
    }
  }
}

// What the next call will read, fetched meanwhile: a part of its panel of B, from two places, and its A.
struct Prefetch {
  const char* b = nullptr;
  std::int64_t b_half = 0;    // bytes from the first to the second place
  std::int64_t b_stride = 0;  // bytes for each VNNI pair of this call
  const char* a = nullptr;
  std::int64_t a_channel_block_stride = 0;  // bytes
  bool far = false;                         // from memory: as far as the second cache only
};

template <typename V, typename E, int Rows, int Columns>
void gemm_micro_kernel(const E* a, std::int64_t channel_block_stride, const E* b, std::int64_t vnni_pairs,
                       float* c, const Prefetch& prefetch) {
  constexpr std::int64_t kWidth = V::kWidth, kStep = kPerPair<E>, kLine = kWidth * kStep;
  using Float = typename V::Float;
  const char *next_b = prefetch.b, *next_a = prefetch.a;
  const std::int64_t half = prefetch.b_half, stride = prefetch.b_stride;
  const bool far = prefetch.far;
  Float accumulators[Rows][Columns];
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    for (int k = 0; k < Columns; ++k) accumulators[i][k] = V::zero();
  }
  for (std::int64_t first = 0; first < vnni_pairs; first += kWidth) {
    const std::int64_t count = vnni_pairs - first < kWidth ? vnni_pairs - first : kWidth;
    const E* row = a;
    const char* next_row = next_a;
    for (std::int64_t k = 0; k < count; ++k) {
      Float columns[Columns];
      for (int i = 0; i < Columns; ++i) columns[i] = V::load(reinterpret_cast<const float*>(b + i * kLine));
      add_outer_product<V, E>(reinterpret_cast<const float*>(row), kWidth, columns, accumulators);
      if (far) {
        V::prefetch_far(next_b);
        V::prefetch_far(next_b + half);
      } else {
        V::prefetch(next_b);
        V::prefetch(next_b + half);
      }
      V::prefetch(next_row);
      next_b += stride;
      next_row += sizeof(E) * kLine;
      row += kStep;
      b += 2 * kLine;
    }
    a += channel_block_stride;
    next_a += prefetch.a_channel_block_stride;
  }
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    for (int k = 0; k < Columns; ++k) V::store(accumulators[i][k], c + (2 * i + k) * kWidth);
  }
}

template <typename V, typename E>
using GemmMicroKernel = void (*)(const E*, std::int64_t, const E*, std::int64_t, float*, const Prefetch&);

// The kernel for `rows` rows, 1 to kBlockRows.
template <typename V, typename E, int Columns>
GemmMicroKernel<V, E> gemm_micro_kernel_of(std::int64_t rows) {
  static constexpr auto kTable = []<int... I>(std::integer_sequence<int, I...>) {
    struct Table {
      GemmMicroKernel<V, E> of[sizeof...(I)];
    };
    return Table{{gemm_micro_kernel<V, E, I + 1, Columns>...}};
  }(std::make_integer_sequence<int, kBlockRows<V, Columns>>());
  return kTable.of[rows - 1];
}

}  // namespace c3d::cpu
