// Max-pooling of a tile's outputs in registers: windows of 2 x 2 outputs of one plane, or of two.
#pragma once

#include <cstring>

#include "kernels/cpu/convolution/tiled/panels.h"

namespace c3d::cpu {

// Of tiles with planes of Rows x Columns outputs. Argmax: with the first tap that has the largest value.
template <typename V, int Rows, int Columns, bool Argmax>
class WindowPool {
  using Float = typename V::Float;
  using Int = typename V::Int;

 public:
  // The first plane of the windows (kd 0), or the second. add: the bias, which counts before the search where
  // the position is wanted: it may make equal what was not.
  [[gnu::always_inline]] void take(Float (&plane)[Rows][Columns], int kd, Float add) {
    if constexpr (Argmax) {
#pragma GCC unroll 4
      for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
        for (int k = 0; k < Columns; ++k) plane[i][k] += add;
      }
    }
    if (any_nan(plane)) {
      search<true>(plane, kd);
    } else {
      search<false>(plane, kd);
    }
  }

  // The positive part of window [i][k], and where it is.
  template <typename T>
  [[gnu::always_inline]] void store(int i, int k, Float add, T* y, std::uint8_t* argmax,
                                    std::int64_t channels) const {
    const Float value = Argmax ? best_[i][k] : best_[i][k] + add;
    store_channels<V>(V::positive_part(value), y, channels);
    // Without a positive value all are zero, of which the first counts.
    if constexpr (Argmax) store_argmax(value <= 0.0f ? Int{} : where_[i][k], argmax, channels);
  }

 private:
  // The largest value of each window so far, and with Argmax the first tap that has it. The first plane of a
  // window begins, the second goes on.
  template <bool HasNan>
  [[gnu::always_inline]] void search(const Float (&plane)[Rows][Columns], int kd) {
#pragma GCC unroll 2
    for (int i = 0; i < Rows / 2; ++i) {
#pragma GCC unroll 2
      for (int k = 0; k < Columns / 2; ++k) {
        Float taps[4];
#pragma GCC unroll 4
        for (int tap = 0; tap < 4; ++tap) taps[tap] = plane[2 * i + tap / 2][2 * k + tap % 2];
        Int first{};
        const Float largest = largest_tap<HasNan>(taps, first);
        if (kd == 0) {
          best_[i][k] = largest;
          where_[i][k] = first;
        } else if constexpr (Argmax || HasNan) {
          const Int wins = V::wins(best_[i][k], largest);
          best_[i][k] = wins ? largest : best_[i][k];
          where_[i][k] = wins ? first + 4 : where_[i][k];
        } else {  // `best` second: it may be NaN
          best_[i][k] = V::larger_number(largest, best_[i][k]);
        }
      }
    }
  }

  template <bool HasNan>
  [[gnu::always_inline]] static Float largest_tap(const Float (&taps)[4], Int& first) {
    if constexpr (HasNan) {
      Float largest = taps[0];
#pragma GCC unroll 3
      for (int tap = 1; tap < 4; ++tap) {
        const Int wins = V::wins(largest, taps[tap]);
        largest = wins ? taps[tap] : largest;
        first = wins ? Int{} + tap : first;
      }
      return largest;
    }
    const Float largest =
        V::larger_number(V::larger_number(taps[0], taps[1]), V::larger_number(taps[2], taps[3]));
    if constexpr (Argmax) {
      first = taps[2] == largest ? Int{} + 2 : Int{} + 3;
      first = taps[1] == largest ? Int{} + 1 : first;
      first = taps[0] == largest ? Int{} : first;
    }
    return largest;
  }

  // NaN, or infinities of both signs, among the values: pooling must then look at each.
  [[gnu::always_inline]] static bool any_nan(const Float (&plane)[Rows][Columns]) {
    Float accumulators[Rows];  // in pairs: a chain of additions would wait for each
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      accumulators[i] = plane[i][0] + plane[i][1];
      if constexpr (Columns == 4) accumulators[i] += plane[i][2] + plane[i][3];
    }
    if constexpr (Rows == 4) {
      accumulators[0] += accumulators[2];
      accumulators[1] += accumulators[3];
    }
    return V::any_nan(accumulators[0] + accumulators[1]);
  }

  static void store_argmax(Int where, std::uint8_t* to, std::int64_t channels) {
    const typename V::Byte bytes = __builtin_convertvector(where, typename V::Byte);
    if (channels == V::kWidth) {
      std::memcpy(to, &bytes, sizeof(bytes));
    } else {
      std::memcpy(to, &bytes, static_cast<std::size_t>(channels));
    }
  }

  Float best_[Rows / 2][Columns / 2];
  Int where_[Rows / 2][Columns / 2];
};

}  // namespace c3d::cpu
