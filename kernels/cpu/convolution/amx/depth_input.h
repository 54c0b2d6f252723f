// The input of Winograd along depth on its halo-padded layout, [point][channel block][position][32 channels]:
// a plane of the halo-padded layout is one point of one tile, D planes of outputs, so that taps of depth are
// none and those of a plane are offsets. Of at most 16 channels positions have 16: a line of 64 bytes then is
// two of them, of which a step takes both (DepthSteps).
#pragma once

#include "kernels/cpu/convolution/amx/batch_reduce_gemm.h"
#include "kernels/cpu/convolution/amx/depth_panels.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"
#include "kernels/cpu/convolution/amx/work_items.h"

namespace c3d::cpu {

template <typename V, int D>
class DepthInput : public TileItems<V, D> {
 public:
  static constexpr std::int64_t kChannels = 32;
  using Items = TileItems<V, D>;
  using Items::kPoints;
  static constexpr std::int64_t kSteps = 18;  // of two channel blocks at once: filters of 36 KB
  using Filters = DepthPanels<V, D>;

  static ConvolutionJob halo_job(const ConvolutionJob& job) {
    return without_depth(job, ceil_div(job.out.d, D));
  }

  DepthInput(const ConvolutionJob& job, const HaloLayout<V>& halo)
      : job_(job),
        halo_(halo),
        steps_(job.valid_channels),
        channels_(steps_.paired ? DepthSteps::kHalf : kChannels),
        channel_blocks_(ceil_div(job.valid_channels, kChannels)),
        length_(halo.positions()) {
    Items::input_bytes = point_bytes();
    Items::filter_bytes = max_steps() * BatchReduceGemm<V>::kStepBytes;
  }

  std::int64_t bytes() const { return kPoints * point_bytes(); }
  std::int64_t position_bytes() const { return channels_ * 2; }
  std::int64_t pairs() const { return kChannels / 2; }
  std::int64_t max_steps() const { return channel_blocks_ * steps_.count(); }  // of a point
  std::int64_t make_steps(const Extent3& /*out_phase*/, ReduceStep* to) const {
    for (std::int64_t step = 0; step < max_steps(); ++step) {
      const std::int64_t of_block = step % steps_.count(), tap = steps_.tap(of_block);
      const std::int64_t at = halo_.at(0, halo_.h.tap(tap / 3, 0).offset, halo_.w.tap(tap % 3, 0).offset);
      // Of the last row of taps the next run of positions, four lines at each step.
      const std::int64_t ahead = halo_.at(0, halo_.h.tap(2, 0).offset, 0) +
                                 BatchReduceGemm<V>::ahead(of_block, kChannels / channels_);
      const std::int64_t volume = step / steps_.count() * channel_block_bytes();
      to[step] = {volume + at * position_bytes(), step * BatchReduceGemm<V>::kStepBytes,
                  volume + ahead * position_bytes()};
    }
    return max_steps();
  }
  std::int64_t filter_steps() const { return kPoints * max_steps(); }  // of a block of outputs

  // Lines of all tiles, and what follows the last.
  std::int64_t items() const { return halo_.planes() * halo_.h.pitch + 1; }

  void fill(std::int64_t clip, std::int64_t clips, std::int64_t first, std::int64_t last,
            BFloat16* to) const {
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t at = item * halo_.w.pitch, tile = item / halo_.h.pitch;
      const std::int64_t row = item % halo_.h.pitch - halo_.h.before, in_group = tile / halo_.d.pitch;
      if (item == items() - 1) {
        clear(at, length_ - at, to);
      } else if (in_group >= clips || row < 0 || row >= halo_.h.data) {
        clear(at, halo_.w.pitch, to);
      } else {
        fill_line(clip + in_group, tile % halo_.d.pitch * D - job_.pad.d, row, at, to);
      }
    }
  }

 private:
  std::int64_t channel_block_bytes() const { return length_ * position_bytes(); }
  std::int64_t point_bytes() const { return channel_blocks_ * channel_block_bytes(); }

  void clear(std::int64_t first, std::int64_t count, BFloat16* to) const {
    for (std::int64_t panel = 0; panel < kPoints * channel_blocks_; ++panel) {
      std::memset(static_cast<void*>(to + (panel * length_ + first) * channels_), 0,
                  static_cast<std::size_t>(count * position_bytes()));
    }
  }

  // The points of a line of the planes from `depth` on.
  void fill_line(std::int64_t clip, std::int64_t depth, std::int64_t row, std::int64_t at,
                 BFloat16* to) const {
    const HaloAxis<V>& columns = halo_.w;
    const DepthPlanes input{job_.x, job_.in, job_.in_channels};
    clear(at, columns.before, to);
    clear(at + columns.before + columns.data, columns.pitch - columns.before - columns.data, to);
    for (std::int64_t channel_block = 0; channel_block < channel_blocks_; ++channel_block) {
      const BFloat16* planes[kPoints];
      input.rows(clip, depth, row, channel_block * kChannels, planes);
      transform_lines<V, kPoints>(planes, job_.in_channels, columns.data,
                                  job_.valid_channels - channel_block * kChannels,
                                  to + (channel_block * length_ + at + columns.before) * channels_, channels_,
                                  channel_blocks_ * length_ * channels_, channels_,
                                  [](const auto& d, auto& v) { Axis<D>::input(d, v); });
    }
  }

  const ConvolutionJob& job_;
  const HaloLayout<V>& halo_;
  DepthSteps steps_;
  std::int64_t channels_;  // of a position
  std::int64_t channel_blocks_, length_;
};

}  // namespace c3d::cpu
