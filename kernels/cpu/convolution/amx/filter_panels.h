// Filters as the tiles' products want them: [out block of 32][channel block][tap][2 halves][16 pairs][16
// outputs][2], a pair being two neighbouring input channels. Missing channels are zero.
#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

template <typename V>
class FilterPanels {
 public:
  static constexpr std::int64_t kOut = 32, kIn = 32, kStepBytes = kOut * kIn * 2;

  static std::int64_t block_bytes(std::int64_t in_channels, std::int64_t taps) {
    return ceil_div(in_channels, kIn) * taps * kStepBytes;
  }
  static std::int64_t bytes(const FilterJob& job) {
    return ceil_div(job.out_channels(), kOut) * block_bytes(job.in_channels(), job.kernel.volume());
  }

  static void pack(int threads, const FilterJob& job, std::byte* packed) {
    const std::int64_t channel_blocks = ceil_div(job.in_channels(), kIn), taps = job.kernel.volume();
    for_each_step(threads, job, taps, [&](std::int64_t block, std::int64_t channel_block, std::int64_t tap) {
      auto* to = reinterpret_cast<float*>(packed + ((block * channel_blocks + channel_block) * taps + tap) *
                                                       kStepBytes);
      pack_step(job, block * kOut, channel_block * kIn, tap, to);
    });
  }

  // Calls f(out block, channel block, tap) for all, in an order in which each thread reads filters line after
  // line.
  template <typename F>
  static void for_each_step(int threads, const FilterJob& job, std::int64_t taps, const F& f) {
    const std::int64_t rows = ceil_div(job.filters, kOut);
    const std::int64_t columns = ceil_div(job.flipped ? job.channels : job.valid_channels, kIn);
#pragma omp parallel for collapse(2) num_threads(threads) schedule(dynamic)
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        for (std::int64_t column = 0; column < columns; ++column) {
          f(job.flipped ? column : row, job.flipped ? row : column, tap);
        }
      }
    }
  }

  // One step's filters from blocks of 32 channels, those of an output or, flipped, of an input.
  // to [2 halves][16 pairs][16 outputs] VNNI pairs
  template <typename Lines>
  [[gnu::always_inline]] static void arrange(bool flipped, const Lines& line, float* to) {
    if (flipped) {  // two inputs make pairs
      for (std::int64_t pair = 0; pair < 16; ++pair, to += 16) {
        typename V::Float halves[2];
        V::pair_channel_blocks(line(2 * pair), line(2 * pair + 1), halves[0], halves[1]);
        V::store(halves[0], to);
        V::store(halves[1], to + 256);
      }
      return;
    }
    for (std::int64_t half = 0; half < 2; ++half, to += 256) {
      typename V::Float rows[16];
      for (std::int64_t i = 0; i < 16; ++i) rows[i] = V::words(line(half * 16 + i));
      V::transpose(rows);
      for (std::int64_t i = 0; i < 16; ++i) V::store(rows[i], to + i * 16);
    }
  }

 private:
  static void pack_step(const FilterJob& job, std::int64_t out, std::int64_t in, std::int64_t tap,
                        float* to) {
    const std::int64_t first = job.flipped ? in : out, channel = job.flipped ? out : in;
    const std::int64_t filters = std::min(kOut, job.filters - first);
    const std::int64_t channels = std::min(kIn, (job.flipped ? job.channels : job.valid_channels) - channel);
    const std::int64_t filter_size = job.kernel.volume() * job.channels;
    const auto* filter =
        static_cast<const BFloat16*>(job.filter) + first * filter_size + tap * job.channels + channel;
    arrange(
        job.flipped,
        [&](std::int64_t i) {
          return i < filters ? V::load_channel_block(filter + i * filter_size, channels)
                             : typename V::ChannelBlock{};
        },
        to);
  }
};

}  // namespace c3d::cpu
