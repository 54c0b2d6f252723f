// The inner product kernel of filters' gradients: sums over tiles, all of a call in registers. A is
// [tile][vector], of which a call takes a few numbers, B is [tile][2 vectors], C is [number of A][2 vectors].
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

// sums [Rows][2 vectors] = or += the products of a's first Rows VNNI pairs and b's two vectors over `tiles`
// tiles; the products of one call are added up by themselves first, which keeps long sums exact.
template <typename V, int Rows>
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
  Float products[Rows][2];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) products[i][0] = products[i][1] = V::zero();
  for (std::int64_t left = tiles; left > 0; left -= kTogether) {
    for (std::int64_t i = std::min(left, kTogether); i > 0; --i) {
      const Float columns[2] = {V::load(b), V::load(b + kWidth)};
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
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    float* to = accumulators + 2 * kWidth * i;
    V::store(add ? V::load(to) + products[i][0] : products[i][0], to);
    V::store(add ? V::load(to + kWidth) + products[i][1] : products[i][1], to + kWidth);
  }
}

template <typename V>
using MultiplyTiles = void (*)(const float*, const float*, std::int64_t, float*, bool, const TilePrefetch&);

// The kernel for `rows` rows, 1 to V::kRows.
template <typename V>
MultiplyTiles<V> multiply_tiles_of(std::int64_t rows) {
  static constexpr auto kTable = []<int... I>(std::integer_sequence<int, I...>) {
    struct Table {
      MultiplyTiles<V> of[sizeof...(I)];
    };
    return Table{{multiply_tiles<V, I + 1>...}};
  }(std::make_integer_sequence<int, V::kRows>());
  return kTable.of[rows - 1];
}

}  // namespace c3d::cpu
