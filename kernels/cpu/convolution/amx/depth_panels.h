// Filters transformed along depth, for the tiles' products: [out block of 32][point] and then as
// filter_panels.h has the taps of one plane.
#pragma once

#include "kernels/cpu/convolution/amx/depth_lines.h"
#include "kernels/cpu/convolution/amx/filter_panels.h"

namespace c3d::cpu {

// D: outputs of a tile. Filters of 3 x 3 x 3 taps.
template <typename V, int D>
class DepthPanels {
  using Panels = FilterPanels<V>;
  static constexpr std::int64_t kTaps = 9, kSide = 32;
  static constexpr int kPoints = Axis<D>::kPoints;

 public:
  static std::int64_t bytes(const FilterJob& job) {
    return ceil_div(job.out_channels(), kSide) * kPoints * Panels::block_bytes(job.in_channels(), kTaps);
  }

  static void pack(int threads, const FilterJob& job, std::byte* packed) {
    const std::int64_t point_bytes = Panels::block_bytes(job.in_channels(), kTaps);
    Panels::for_each_step(
        threads, job, kTaps, [&](std::int64_t block, std::int64_t channel_block, std::int64_t tap) {
          std::byte* to =
              packed + block * kPoints * point_bytes + (channel_block * kTaps + tap) * Panels::kStepBytes;
          pack_tap(job, block * kSide, channel_block * kSide, tap, to, point_bytes);
        });
  }

 private:
  // to: of the first point, point_bytes from one to the next.
  static void pack_tap(const FilterJob& job, std::int64_t out, std::int64_t in, std::int64_t tap,
                       std::byte* to, std::int64_t point_bytes) {
    alignas(64) BFloat16 lines[kPoints][kSide * kSide];
    const std::int64_t first = job.flipped ? in : out, channel = job.flipped ? out : in;
    const std::int64_t filters = std::min(kSide, job.filters - first);
    const std::int64_t channels =
        std::min(kSide, (job.flipped ? job.channels : job.valid_channels) - channel);
    const auto* all = static_cast<const BFloat16*>(job.filter) + channel;
    for (std::int64_t i = 0; i < filters; ++i) {
      const BFloat16* depths[3];
      for (std::int64_t depth = 0; depth < 3; ++depth) {
        const std::int64_t at = depth * kTaps + tap;
        depths[depth] = all + ((first + i) * 27 + (job.flipped ? 26 - at : at)) * job.channels;
      }
      transform_lines<V, kPoints>(depths, 0, 1, channels, lines[0] + i * kSide, 0, kSide * kSide,
                                  [](const auto& g, auto& u) { Axis<D>::filter(g, u); });
    }
    for (int point = 0; point < kPoints; ++point, to += point_bytes) {
      Panels::arrange(
          job.flipped,
          [&](std::int64_t i) {
            return i < filters ? V::load_channel_block(lines[point] + i * kSide, kSide)
                               : typename V::ChannelBlock{};
          },
          reinterpret_cast<float*>(to));
    }
  }
};

}  // namespace c3d::cpu
