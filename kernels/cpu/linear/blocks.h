// What the passes of a fully connected layer share: how many sums the registers hold, how products are added
// to them, and the choice of a function compiled for a number of rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace c3d::cpu {

template <typename V>
struct LinearBlocks {
  // The registers hold these beside what is multiplied: a block of products has 2 x V::kRows at most.
  static constexpr int kSums = 2 * V::kRows - 4;
  static constexpr int kMostRows = kSums / (V::kRows > 8 ? 3 : 2);

  using Float = typename V::Float;

  // Adds the products of each row's factor with the vectors.
  template <int kRows, int kVectors, typename Factor>
  [[gnu::always_inline]] static void add_products(const Factor& factor, const Float (&vectors)[kVectors],
                                                  Float (&sums)[kRows][kVectors]) {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const Float value = factor(r);
#pragma GCC unroll 8
      for (int j = 0; j < kVectors; ++j) sums[r][j] += value * vectors[j];
    }
  }

  // A vector, or the first `count` elements of one.
  template <typename T>
  [[gnu::always_inline]] static Float load(const T* from, std::int64_t count) {
    return count < V::kWidth ? V::load_part(from, count) : V::load(from);
  }
  template <typename T>
  [[gnu::always_inline]] static void store(Float value, T* to, std::int64_t count) {
    if (count >= V::kWidth) return V::store(value, to);
    V::store_part(value, to, count);
  }

  // `Kernel<V, 1>` to `Kernel<V, kMostRows>` have a function `run`: that of `rows`.
  template <template <int> typename Kernel>
  static auto of(std::int64_t rows) {
    static constexpr auto kTable = []<int... I>(std::integer_sequence<int, I...>) {
      struct Table {
        decltype(&Kernel<1>::run) of[sizeof...(I)];
      };
      return Table{{Kernel<I + 1>::run...}};
    }(std::make_integer_sequence<int, kMostRows>());
    return kTable.of[rows - 1];
  }
};

}  // namespace c3d::cpu
