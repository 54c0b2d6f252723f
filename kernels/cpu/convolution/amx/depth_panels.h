// Filters transformed along depth, for the tiles' products: [out block of 32][point] and then as
// filter_panels.h has the taps of one plane, or of at most 16 inputs two taps in place of 32 channels
// (DepthSteps).
#pragma once

#include "kernels/cpu/convolution/amx/depth_lines.h"
#include "kernels/cpu/convolution/amx/filter_panels.h"

namespace c3d::cpu {

// D: outputs of a tile. Filters of 3 x 3 x 3 taps.
template <typename V, int D>
class DepthPanels {
  using Panels = FilterPanels<V>;
  static constexpr std::int64_t kTaps = DepthSteps::kTaps, kSide = 32;
  static constexpr int kPoints = Axis<D>::kPoints;

 public:
  static std::int64_t bytes(const FilterJob& job) {
    return ceil_div(job.out_channels(), kSide) * kPoints * point_bytes(job);
  }

  static void pack(int threads, const FilterJob& job, std::byte* packed) {
    const DepthSteps steps(job.in_channels());
    const std::int64_t bytes = point_bytes(job);
    Panels::for_each_step(
        threads, job, steps.count(), [&](std::int64_t block, std::int64_t channel_block, std::int64_t step) {
          std::byte* to =
              packed + block * kPoints * bytes + (channel_block * steps.count() + step) * Panels::kStepBytes;
          pack_step(job, steps, block * kSide, channel_block * kSide, step, to, bytes);
        });
  }

 private:
  static std::int64_t point_bytes(const FilterJob& job) {
    return Panels::block_bytes(job.in_channels(), DepthSteps(job.in_channels()).count());
  }

  // to: of the first point, point_bytes from one to the next.
  static void pack_step(const FilterJob& job, const DepthSteps& steps, std::int64_t out, std::int64_t in,
                        std::int64_t step, std::byte* to, std::int64_t point_bytes) {
    alignas(64) BFloat16 lines[kPoints][kSide * kSide];
    const std::int64_t first = job.flipped ? in : out, channel = job.flipped ? out : in;
    const std::int64_t filters = std::min(kSide, job.filters - first);
    const std::int64_t channels =
        std::min(kSide, (job.flipped ? job.channels : job.valid_channels) - channel);
    const auto* all = static_cast<const BFloat16*>(job.filter) + first * 27 * job.channels + channel;
    std::int64_t count = filters;  // of lines
    if (steps.paired) {
      std::memset(static_cast<void*>(lines), 0, sizeof(lines));
      // Inputs are numbers of a line, or flipped lines.
      const std::int64_t half = DepthSteps::kHalf * (job.flipped ? kSide : 1);
      const std::int64_t width = job.flipped ? kSide : DepthSteps::kHalf;
      for (std::int64_t i = steps.first_half(step); i < 2; ++i) {
        transform(job, all, filters, channels, steps.tap(step) + i, width, lines, i * half);
      }
      if (job.flipped) count = kSide;
    } else {
      transform(job, all, filters, channels, step, kSide, lines, 0);
    }
    for (int point = 0; point < kPoints; ++point, to += point_bytes) {
      Panels::arrange(
          job.flipped,
          [&](std::int64_t i) {
            return i < count ? V::load_channel_block(lines[point] + i * kSide, kSide)
                             : typename V::ChannelBlock{};
          },
          reinterpret_cast<float*>(to));
    }
  }

  // One tap of a plane: `width` channels of each filter to a line from number `at` on.
  static void transform(const FilterJob& job, const BFloat16* from, std::int64_t filters,
                        std::int64_t channels, std::int64_t tap, std::int64_t width,
                        BFloat16 (&lines)[kPoints][kSide * kSide], std::int64_t at) {
    for (std::int64_t i = 0; i < filters; ++i) {
      const BFloat16* depths[3];
      for (std::int64_t depth = 0; depth < 3; ++depth) {
        const std::int64_t of_filter = depth * kTaps + tap;
        depths[depth] = from + (i * 27 + (job.flipped ? 26 - of_filter : of_filter)) * job.channels;
      }
      transform_lines<V, kPoints>(depths, 0, 1, channels, lines[0] + i * kSide + at, 0, kSide * kSide, width,
                                  [](const auto& g, auto& u) { Axis<D>::filter(g, u); });
    }
  }
};

}  // namespace c3d::cpu
