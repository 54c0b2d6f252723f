// Walks along the positions of a halo-padded layout, the channels of each as one block of 32, and stores them
// as the products that sum over positions want them: pairs of positions, or transposed.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

// Of a tensor [rows][columns][channels], or a part of it.
template <typename V>
struct DenseBlocks {
  const BFloat16* from = nullptr;      // of row 0, column 0
  std::int64_t row = 0, column = 0;    // from one to the next
  std::int64_t rows = 0, columns = 0;  // of data
  std::int64_t h = 0, w = 0, w_first = 0, pitch = 0;
  std::int64_t channels = 0;

  // The next position; zeros beside the data.
  [[gnu::always_inline]] typename V::ChannelBlock next() {
    const bool inside = h >= 0 && h < rows && w >= 0 && w < columns;
    const auto line =
        inside ? V::load_channel_block(from + h * row + w * column, channels) : typename V::ChannelBlock{};
    if (++w == pitch + w_first) {
      w = w_first;
      ++h;
    }
    return line;
  }
};

// Positions that lie beside each other, `step` elements from one to the next.
template <typename V>
struct SequentialBlocks {
  const BFloat16* from;
  std::int64_t step, channels;

  [[gnu::always_inline]] typename V::ChannelBlock next() {
    const BFloat16* at = from;
    from += step;
    return V::load_channel_block(at, channels);
  }
};

// The same positions of two planes, in turn.
template <typename V>
struct PairedPlanes {
  DenseBlocks<V> planes[2];
  int at = 0;

  [[gnu::always_inline]] typename V::ChannelBlock next() {
    const auto line = planes[at].next();
    at ^= 1;
    return line;
  }
};

// VNNI pairs [half][pair] [channel]: of the next 32 positions.
template <typename V, typename Lines>
[[gnu::always_inline]] inline void next_pairs(Lines& lines, typename V::Float (&vnni_pairs)[2][16]) {
  for (int pair = 0; pair < 16; ++pair) {
    const typename V::ChannelBlock first = lines.next(), second = lines.next();
    V::pair_channel_blocks(first, second, vnni_pairs[0][pair], vnni_pairs[1][pair]);
  }
}

// to [pairs][32 channels] VNNI pairs of two positions; pairs: a multiple of 16.
template <typename V, typename Lines>
[[gnu::always_inline]] inline void store_pairs(Lines& lines, std::int64_t pairs, float* to) {
  for (std::int64_t at = 0; at < pairs; at += 16) {
    typename V::Float vnni_pairs[2][16];
    next_pairs<V>(lines, vnni_pairs);
    for (std::int64_t i = 0; i < 16; ++i, to += 32) {
      V::store(vnni_pairs[0][i], to);
      V::store(vnni_pairs[1][i], to + 16);
    }
  }
}

// to [32 positions at a time][32 channels][32 positions]; positions: a multiple of 32.
template <typename V, typename Lines>
[[gnu::always_inline]] inline void store_transposed(Lines& lines, std::int64_t positions, float* to) {
  for (std::int64_t at = 0; at < positions; at += 32) {
    typename V::Float vnni_pairs[2][16];
    next_pairs<V>(lines, vnni_pairs);
    for (std::int64_t half = 0; half < 2; ++half) {
      V::transpose(vnni_pairs[half]);
      for (std::int64_t i = 0; i < 16; ++i, to += 16) V::store(vnni_pairs[half][i], to);
    }
  }
}

}  // namespace c3d::cpu
