// Panels of the filters' gradient of Winograd along depth: for each point of its transforms a volume of
// inputs and one of gradients, whose planes are tiles of D planes. A pair: tiles that follow each other.
#pragma once

#include "kernels/cpu/convolution/amx/depth_lines.h"
#include "kernels/cpu/convolution/amx/gradient_panels.h"

namespace c3d::cpu {

template <typename V, int D>
class DepthGradientPanels : public PanelLayout<V> {
  using Layout = PanelLayout<V>;
  using Layout::blocks_, Layout::channel_blocks_, Layout::halo_, Layout::job_;

 public:
  using Layout::kChannels, Layout::kPairBytes, Layout::kRun;
  static constexpr int kPoints = Axis<D>::kPoints;

  static ConvolutionJob halo_job(const ConvolutionJob& job) {
    return without_depth(job, ceil_div(job.out.d, D));
  }

  DepthGradientPanels(const FilterGradientJob& job, const HaloLayout<V>& halo)
      : Layout(job, halo, kPoints, ceil_div(halo.planes(), 2), ceil_div(halo.planes(), 2)) {}

  // The taps of each row.
  std::int64_t parts() const { return job_.forward.kernel.h; }
  std::int64_t pairs(std::int64_t clips) const { return ceil_div(clips * halo_.d.pitch, 2); }
  static std::int64_t input_pair(std::int64_t pair, std::int64_t /*offset*/) { return pair; }
  static bool has_data(std::int64_t /*point*/, std::int64_t /*pair*/) { return true; }
  static std::int64_t thread_bytes() { return kPoints * kPointElements * std::int64_t{sizeof(BFloat16)}; }

  // Each makes the panels of all points.
  std::int64_t input_items() const { return this->input_pairs_ * channel_blocks_; }
  std::int64_t gradient_items() const { return this->gradient_pairs_ * blocks_; }

  void fill_inputs(std::int64_t clip, std::int64_t clips, std::int64_t item, std::byte* all,
                   std::byte* own) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t channel_block = item % channel_blocks_, pair = item / channel_blocks_,
                       channel = channel_block * kChannels;
    const Source source{.planes = {job.x, job.in, job.in_channels},
                        .depth = -job.pad.d,
                        .before = {0, halo_.h.before, halo_.w.before},
                        .data = {0, halo_.h.data, halo_.w.data},
                        .channel = channel,
                        .channels = job.valid_channels - channel};
    for (std::int64_t at = 0; at < this->in_positions_; at += kRun) {
      transform<kPoints>(source, clip, clips, pair, at, own,
                         [](const auto& d, auto& v) { Axis<D>::input(d, v); });
      for (std::int64_t point = 0; point < kPoints; ++point) {
        SequentialBlocks<V> lines = of_point(own, point);
        store_pairs<V>(
            lines, kRun,
            reinterpret_cast<float*>(all + this->inputs(point, pair, channel_block) + at * kPairBytes));
      }
    }
  }

  void fill_gradients(std::int64_t clip, std::int64_t clips, std::int64_t item, std::byte* all,
                      std::byte* own) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t block = item % blocks_, pair = item / blocks_, channel = block * kChannels;
    const Source source{.planes = {job_.dy, job.out, job.out_channels},
                        .depth = 0,
                        .before = {0, 0, 0},
                        .data = job.out,
                        .channel = channel,
                        .channels = job.out_channels - channel};
    for (std::int64_t at = 0; at < this->positions(); at += kRun) {
      transform<D>(source, clip, clips, pair, at, own,
                   [](const auto& dy, auto& m) { Axis<D>::output_transposed(dy, m); });
      for (std::int64_t point = 0; point < kPoints; ++point) {
        SequentialBlocks<V> lines = of_point(own, point);
        store_transposed<V>(
            lines, 2 * kRun,
            reinterpret_cast<float*>(all + this->gradients(point, pair, block) + at * kPairBytes));
      }
    }
  }

  // Of 32 sums of each point, `plane` from one point to the next.
  static void to_gradients(const float* accumulators, std::int64_t plane, float (&gradients)[3][kChannels]) {
    for (std::int64_t i = 0; i < kChannels; i += V::kWidth) {
      typename V::Float points[kPoints], taps[3];
#pragma GCC unroll 6
      for (int point = 0; point < kPoints; ++point) points[point] = V::load(accumulators + point * plane + i);
      Axis<D>::filter_transposed(points, taps);
      for (int depth = 0; depth < 3; ++depth) V::store(taps[depth], gradients[depth] + i);
    }
  }

 private:
  // What is transformed: planes of which tiles begin with `depth`, and where they lie on the halo-padded
  // layout.
  struct Source {
    DepthPlanes planes;
    std::int64_t depth;
    Extent3 before, data;
    std::int64_t channel, channels;
  };
  static constexpr std::int64_t kPointElements = kRun * 2 * kChannels;

  static SequentialBlocks<V> of_point(const std::byte* own, std::int64_t point) {
    return {reinterpret_cast<const BFloat16*>(own) + point * kPointElements, kChannels, kChannels};
  }

  // own [point][position][2 tiles][32 channels]: of a run from position `at` on.
  template <int Planes, typename Transform>
  void transform(const Source& source, std::int64_t clip, std::int64_t clips, std::int64_t pair,
                 std::int64_t at, std::byte* own, const Transform& f) const {
    const std::int64_t pitch = halo_.w.pitch, step = 2 * kChannels;
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::int64_t tile = 2 * pair + i, in_group = tile / halo_.d.pitch;
      for (std::int64_t first = at, count = 0; first < at + kRun; first += count) {
        const std::int64_t row = first / pitch - source.before.h, column = first % pitch - source.before.w;
        BFloat16* to = reinterpret_cast<BFloat16*>(own) + ((first - at) * 2 + i) * kChannels;
        const std::int64_t end = column < 0               ? 0
                                 : column < source.data.w ? source.data.w
                                                          : pitch - source.before.w;
        count = std::min(end - column, at + kRun - first);
        if (in_group >= clips || row < 0 || row >= source.data.h || column < 0 || column >= source.data.w) {
          clear(count, to);
          continue;
        }
        const BFloat16* rows[Planes];
        source.planes.rows(clip + in_group, tile % halo_.d.pitch * D + source.depth, row,
                           column * source.planes.channels + source.channel, rows);
        transform_lines<V, kPoints>(rows, source.planes.channels, count, source.channels, to, step,
                                    kPointElements, kChannels, f);
      }
    }
  }
  static void clear(std::int64_t count, BFloat16* to) {
    for (std::int64_t point = 0; point < kPoints; ++point, to += kPointElements) {
      for (std::int64_t i = 0; i < count; ++i)
        V::store_channel_block(typename V::ChannelBlock{}, to + i * 2 * kChannels);
    }
  }
};

}  // namespace c3d::cpu
