// What the passes of a fully connected layer share: how many sums the registers hold, and the choice of a
// function compiled for a number of rows.
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
