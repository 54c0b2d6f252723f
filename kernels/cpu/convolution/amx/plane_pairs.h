// Numbers of two planes of a clip side by side, which is what the filters' gradient multiplies: sums go over
// positions, and the same position of two planes is a pair. Sixteen channels of a pair are a cache line.
#pragma once

#include <cstring>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"

namespace c3d::cpu {

// A row of each of the two planes; null: outside the data.
struct RowPair {
  const BFloat16 *first, *second;
};

// Rows of a tensor [clips,extent,channels].
template <typename V>
struct PlaneRows {
  const void* data;
  Extent3 extent;
  std::int64_t channels;

  [[gnu::always_inline]] RowPair at(std::int64_t clip, std::int64_t depth, std::int64_t second_depth,
                                    std::int64_t row) const {
    return {one(clip, depth, row), one(clip, second_depth, row)};
  }

 private:
  [[gnu::always_inline]] const BFloat16* one(std::int64_t clip, std::int64_t depth, std::int64_t row) const {
    if (depth < 0 || depth >= extent.d || row < 0 || row >= extent.h) return nullptr;
    return static_cast<const BFloat16*>(data) +
           ((clip * extent.d + depth) * extent.h + row) * extent.w * channels;
  }
};

// Panels of lines, [block of 16 channels][position][16 channels][2].
template <typename V>
struct LinePairs {
  static constexpr std::int64_t kChannels = 16, kLine = 16;  // of a block; floats of a position

  static void clear(float* to, std::int64_t positions) {
    std::memset(to, 0, static_cast<std::size_t>(positions * kLine * 4));
  }

  // `count` positions of a row, `channels` of them each, `step` elements from one to the next. to: of the
  // first block; block: floats from one to the next.
  static void fill(const RowPair& rows, std::int64_t step, std::int64_t channels, std::int64_t count,
                   std::int64_t block, float* to) {
    for (std::int64_t first = 0; first < channels; first += 2 * kChannels, to += 2 * block) {
      const std::int64_t some = std::min(2 * kChannels, channels - first);
      if (some > kChannels) {
        fill_blocks<2>(rows, step, first, some, count, block, to);
      } else {
        fill_blocks<1>(rows, step, first, some, count, block, to);
      }
    }
  }

 private:
  template <int Blocks>
  static void fill_blocks(const RowPair& rows, std::int64_t step, std::int64_t first, std::int64_t some,
                          std::int64_t count, std::int64_t block, float* to) {
    const std::int64_t of_first = rows.first == nullptr ? 0 : some,
                       of_second = rows.second == nullptr ? 0 : some;
    for (std::int64_t i = 0; i < count; ++i, to += kLine) {
      typename V::Float low, high;
      V::pair_channel_blocks(of_first == 0 ? typename V::ChannelBlock{}
                                           : V::load_channel_block(rows.first + i * step + first, of_first),
                             of_second == 0
                                 ? typename V::ChannelBlock{}
                                 : V::load_channel_block(rows.second + i * step + first, of_second),
                             low, high);
      V::store(low, to);
      if constexpr (Blocks == 2) V::store(high, to + block);
    }
  }
};

// Two rows of the gradient of what a max-pooling saw (PooledGradient), of 16 channels.
template <typename V>
class PooledRowPairs {
  using Bits = typename V::Bits;
  static constexpr std::int64_t kChannels = 16, kLine = 16;

 public:
  // One plane's row.
  struct Row {
    const BFloat16 *dy = nullptr, *y = nullptr;  // of the row's windows; null: no window covers it
    const std::uint8_t* argmax = nullptr;
    std::int32_t first_tap = 0;  // of the row in its windows
  };

  static Row row(const PooledGradient& pooled, std::int64_t channels, std::int64_t clip, std::int64_t depth,
                 std::int64_t h) {
    const std::int64_t d = depth / pooled.window.d;
    if (d >= pooled.extent.d || h / 2 >= pooled.extent.h) return {};
    const std::int64_t at =
        ((clip * pooled.extent.d + d) * pooled.extent.h + h / 2) * pooled.extent.w * channels;
    return {.dy = static_cast<const BFloat16*>(pooled.dy) + at,
            .y = static_cast<const BFloat16*>(pooled.y) + at,
            .argmax = pooled.argmax + at,
            .first_tap = static_cast<std::int32_t>(depth % pooled.window.d * 4 + h % 2 * 2)};
  }

  // to [2 windows][16 channels][2]: the lines of `windows` windows; step: elements from one to the next; of
  // the channels from `channel` on the first `count`.
  static void fill(const Row& first, const Row& second, std::int64_t windows, std::int64_t step,
                   std::int64_t channel, std::int64_t count, float* to) {
    for (std::int64_t i = 0; i < windows; ++i, to += 2 * kLine) {
      const std::int64_t at = i * step + channel;
      const Window low = window(first, at, count), high = window(second, at, count);
      for (int tap = 0; tap < 2; ++tap) {
        const Bits pair = (low.tap == tap ? low.dy : Bits{}) | (high.tap == tap ? high.dy << 16 : Bits{});
        std::memcpy(to + tap * kLine, &pair, sizeof(pair));
      }
    }
  }

 private:
  struct Window {
    Bits dy;
    typename V::Int tap;  // of the row, 0 or 1 where it is in it
  };
  [[gnu::always_inline]] static Window window(const Row& row, std::int64_t at, std::int64_t count) {
    if (row.dy == nullptr) return {Bits{}, typename V::Int{}};
    const Bits y = V::load_words(row.y + at, count), dy = V::load_words(row.dy + at, count);
    // Of bf16 as whole numbers: from the least above zero to infinity.
    return {y - 1 < Bits{} + 0x7f80 ? dy : Bits{}, V::load_bytes(row.argmax + at, count) - row.first_tap};
  }
};

}  // namespace c3d::cpu
