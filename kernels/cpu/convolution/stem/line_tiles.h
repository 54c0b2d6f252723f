// Sums of products of a small-channel input's transformed lines: one point of some tiles of a line of
// outputs, which the registers hold for all taps of depth and height and all channels.
#pragma once

#include <cstdint>
#include <utility>

#include "kernels/cpu/isa/gemm_micro_kernel.h"

namespace c3d::cpu {

// The i-th of n parts of memory that will be read, as far as the second cache, or written: what the processor
// guesses by itself comes too late where a line's work is done within a microsecond.
template <typename V>
[[gnu::always_inline]] inline void fetch_part(const void* from, std::int64_t bytes, std::int64_t i,
                                              std::int64_t n) {
  const char* const first = static_cast<const char*>(from);
  for (std::int64_t at = bytes * i / n; at < bytes * (i + 1) / n; at += 64) V::prefetch_far(first + at);
}
template <typename V>
[[gnu::always_inline]] inline void fetch_part_to_write(void* to, std::int64_t bytes, std::int64_t i,
                                                       std::int64_t n) {
  char* const first = static_cast<char*>(to);
  for (std::int64_t at = bytes * i / n; at < bytes * (i + 1) / n; at += 64) V::prefetch_to_write(first + at);
}

// A line of the input that a line of outputs sees, and the filters' taps that see it, of the first point.
struct StemLine {
  const float* input = nullptr;   // [point][tile][channel], kMaxStemChannels of a tile
  const float* filter = nullptr;  // [channel][Columns vectors]
};

// sums [Rows tiles][Columns vectors] over `count` lines. The offsets are those of the point, in floats.
template <typename V, int Rows, int Columns>
void multiply_lines(const StemLine* lines, std::int64_t count, std::int64_t channels,
                    std::int64_t input_offset, std::int64_t filter_offset, float* sums) {
  typename V::Float accumulators[Rows][Columns];
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    for (int k = 0; k < Columns; ++k) accumulators[i][k] = V::zero();
  }
  for (std::int64_t line = 0; line < count; ++line) {
    const float* input = lines[line].input + input_offset;
    const float* filter = lines[line].filter + filter_offset;
    for (std::int64_t c = 0; c < channels; ++c) {
      typename V::Float taps[Columns];
      for (int k = 0; k < Columns; ++k) taps[k] = V::load(filter + k * V::kWidth);
      add_outer_product<V, float>(input + c, kMaxStemChannels, taps, accumulators);
      filter += Columns * V::kWidth;
    }
  }
#pragma GCC unroll 28
  for (int i = 0; i < Rows; ++i) {
    for (int k = 0; k < Columns; ++k) V::store(accumulators[i][k], sums + (i * Columns + k) * V::kWidth);
  }
}

using MultiplyLines = void (*)(const StemLine*, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                               float*);

// The kernel for `rows` tiles, 1 to kBlockRows<V, Columns>.
template <typename V, int Columns>
MultiplyLines multiply_lines_of(std::int64_t rows) {
  static constexpr auto kTable = []<int... I>(std::integer_sequence<int, I...>) {
    struct Table {
      MultiplyLines of[sizeof...(I)];
    };
    return Table{{multiply_lines<V, I + 1, Columns>...}};
  }(std::make_integer_sequence<int, kBlockRows<V, Columns>>());
  return kTable.of[rows - 1];
}

}  // namespace c3d::cpu
