// The inner product kernel of filters' gradients: sums over tiles, all of a call in registers. A is
// [tile][vector], of which a call takes a few numbers, B is [tile][2 vectors], C is [number of A][2 vectors].
// With one vector of columns the second halves of B and C are passed over.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "kernels/cpu/isa/gemm_micro_kernel.h"

namespace c3d::cpu {

// What the calls for the next point will read, fetched meanwhile as far as the second cache.
struct TilePrefetch {
  const char *rows = nullptr, *columns = nullptr;
  std::int64_t row_step = 0, column_step = 0;  // bytes for each tile of this call
  const char* accumulators = nullptr;
};

// sums [Rows][Columns vectors] = or += the products of a's first Rows numbers and b's vectors over `tiles`
// tiles; the products of one call are added up by themselves first, which keeps long sums exact.
template <typename V, int Rows, int Columns>
void multiply_tiles(const float* a, const float* b, std::int64_t tiles, float* accumulators, bool add,
                    const TilePrefetch& prefetch) {
  constexpr std::int64_t kWidth = V::kWidth;
  using Float = typename V::Float;
  const char *next_rows = prefetch.rows, *next_columns = prefetch.columns,
             *next_accumulators = prefetch.accumulators;
  // The steps are a part of a line: one for some tiles is enough.
  constexpr std::int64_t kTogether = 4;
  const std::int64_t row_step = prefetch.row_step * kTogether, column_step = prefetch.column_step * kTogether,
                     accumulators_step = Rows * kWidth * 8 * kTogether / tiles;
  Float products[Rows][Columns];
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    for (int k = 0; k < Columns; ++k) products[i][k] = V::zero();
  }
  for (std::int64_t left = tiles; left > 0; left -= kTogether) {
    for (std::int64_t i = std::min(left, kTogether); i > 0; --i) {
      Float columns[Columns];
      for (int k = 0; k < Columns; ++k) columns[k] = V::load(b + k * kWidth);
      add_outer_product<V, float>(a, 1, columns, products);
      V::prefetch(b + 32 * kWidth);
      a += kWidth;
      b += 2 * kWidth;
    }
    V::prefetch_far(next_rows);
    V::prefetch_far(next_columns);
    V::prefetch_far(next_accumulators);
    next_rows += row_step;
    next_columns += column_step;
    next_accumulators += accumulators_step;
  }
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    for (int k = 0; k < Columns; ++k) {
      float* to = accumulators + (2 * i + k) * kWidth;
      V::store(add ? V::load(to) + products[i][k] : products[i][k], to);
    }
  }
}

template <typename V>
using MultiplyTiles = void (*)(const float*, const float*, std::int64_t, float*, bool, const TilePrefetch&);

// The kernel for `rows` rows, 1 to kBlockRows.
template <typename V, int Columns>
MultiplyTiles<V> multiply_tiles_of(std::int64_t rows) {
  static constexpr auto kTable = []<int... I>(std::integer_sequence<int, I...>) {
    struct Table {
      MultiplyTiles<V> of[sizeof...(I)];
    };
    return Table{{multiply_tiles<V, I + 1, Columns>...}};
  }(std::make_integer_sequence<int, kBlockRows<V, Columns>>());
  return kTable.of[rows - 1];
}

}  // namespace c3d::cpu
