// What the filters' gradient multiplies: sums over positions, so that positions are what a row of a left tile
// holds, and the pairs of a right one. A pair is the same position of two planes: then a tap is an offset of
// pairs, and all rows are whole cache lines.
//   gradients  [point][pair of planes][block][16 positions at a time][32 channels][16 positions][2]
//   inputs     [volume][pair of planes][channel block][position][32 channels][2]
// Gradients beside the outputs are zero.
#pragma once

#include "kernels/cpu/convolution/amx/channel_blocks.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"

namespace c3d::cpu {

// Where they lie. Volumes: of inputs, one for each phase or each point of a transform; gradients have as many
// as there are points.
template <typename V>
class PanelLayout {
 public:
  static constexpr std::int64_t kChannels = 32, kRun = 16, kPairBytes = kChannels * 4;

  // input_pairs, gradient_pairs: pairs of planes in a volume.
  PanelLayout(const FilterGradientJob& job, const HaloLayout<V>& halo, std::int64_t points,
              std::int64_t input_pairs, std::int64_t gradient_pairs)
      : job_(job),
        halo_(halo),
        points_(points),
        input_pairs_(input_pairs),
        gradient_pairs_(gradient_pairs),
        channel_blocks_(ceil_div(job.forward.valid_channels, kChannels)),
        blocks_(ceil_div(job.forward.out_channels, kChannels)),
        positions_(round_up(halo.at(0, halo.h.outputs - 1, halo.w.outputs - 1) + 1, kRun)) {
    const std::int64_t farthest =
        halo.at(0, halo.h.tap(halo.h.kernel - 1, 0).offset, halo.w.tap(halo.w.kernel - 1, 0).offset);
    in_positions_ = round_up(positions_ + farthest, kRun);
  }

  std::int64_t channel_blocks() const { return channel_blocks_; }
  std::int64_t blocks() const { return blocks_; }
  std::int64_t positions() const { return positions_; }  // of a plane of gradients
  std::int64_t input_bytes() const {
    return points_ * halo_.phases() * input_pairs_ * channel_blocks_ * in_positions_ * kPairBytes;
  }
  std::int64_t gradient_bytes() const {
    return points_ * gradient_pairs_ * blocks_ * positions_ * kPairBytes;
  }

  // Where a panel begins, in bytes.
  std::int64_t inputs(std::int64_t volume, std::int64_t pair, std::int64_t channel_block) const {
    return ((volume * input_pairs_ + pair) * channel_blocks_ + channel_block) * in_positions_ * kPairBytes;
  }
  std::int64_t gradients(std::int64_t point, std::int64_t pair, std::int64_t block) const {
    return ((point * gradient_pairs_ + pair) * blocks_ + block) * positions_ * kPairBytes;
  }

 protected:
  const FilterGradientJob& job_;
  const HaloLayout<V>& halo_;
  std::int64_t points_, input_pairs_, gradient_pairs_, channel_blocks_, blocks_, positions_, in_positions_;
};

// As the convolution's definition has them. A pair: the planes `at` and `at` + half of a clip.
template <typename V>
class GradientPanels : public PanelLayout<V> {
  using Layout = PanelLayout<V>;
  using Layout::blocks_, Layout::channel_blocks_, Layout::halo_, Layout::job_;

 public:
  using Layout::kChannels;
  static constexpr int kPoints = 1;  // sums are gradients

  static const ConvolutionJob& halo_job(const ConvolutionJob& job) { return job; }

  GradientPanels(const FilterGradientJob& job, const HaloLayout<V>& halo)
      : Layout(job, halo, kPoints, halo.clips * in_pairs(halo), halo.clips * half(halo)),
        half_(half(halo)),
        in_pairs_(in_pairs(halo)) {}

  // Parts that a sum of a pair of channel blocks may be made in: the taps of each plane.
  std::int64_t parts() const { return job_.forward.kernel.d; }
  static std::int64_t thread_bytes() { return 0; }

  std::int64_t pairs(std::int64_t clips) const { return clips * half_; }  // of gradients
  // The pair of inputs that a pair of gradients meets at a tap of depth.
  std::int64_t input_pair(std::int64_t pair, std::int64_t offset) const {
    return pair / half_ * in_pairs_ + pair % half_ + offset;
  }
  // Whether a pair of inputs holds more than padding.
  bool has_data(std::int64_t phase, std::int64_t pair) const {
    const std::int64_t rd = phase / (halo_.h.in_phases * halo_.w.in_phases), at = pair % in_pairs_;
    return is_data(rd, at) || is_data(rd, at + half_);
  }

  // Work items, of the clips from `clip` on.
  std::int64_t input_items() const { return halo_.phases() * this->input_pairs_ * channel_blocks_; }
  std::int64_t gradient_items() const { return this->gradient_pairs_ * blocks_; }

  void fill_inputs(std::int64_t clip, std::int64_t clips, std::int64_t item, std::byte* all,
                   std::byte* /*own*/) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t channel_block = item % channel_blocks_,
                       pair = item / channel_blocks_ % this->input_pairs_,
                       phase = item / channel_blocks_ / this->input_pairs_;
    const std::int64_t rw = phase % halo_.w.in_phases, rh = phase / halo_.w.in_phases % halo_.h.in_phases,
                       rd = phase / (halo_.w.in_phases * halo_.h.in_phases);
    const std::int64_t in_group = pair / in_pairs_;
    PairedPlanes<V> lines;
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::int64_t at = pair % in_pairs_ + i * half_;
      const std::int64_t depth = (at - halo_.d.before) * halo_.d.in_phases + rd;
      const std::int64_t first = ((clip + in_group) * job.in.d + depth) * job.in.h + rh;
      DenseBlocks<V>& plane = lines.planes[i];
      plane.from = static_cast<const BFloat16*>(job.x) + (first * job.in.w + rw) * job.in_channels +
                   channel_block * kChannels;
      plane.row = halo_.h.in_phases * job.in.w * job.in_channels;
      plane.column = halo_.w.in_phases * job.in_channels;
      plane.rows = in_group < clips && is_data(rd, at) ? halo_.h.count(rh) : 0;
      plane.columns = halo_.w.count(rw);
      plane.h = -halo_.h.before;
      plane.w = plane.w_first = -halo_.w.before;
      plane.pitch = halo_.w.pitch;
      plane.channels = std::min(kChannels, job.valid_channels - channel_block * kChannels);
    }
    store_pairs<V>(lines, this->in_positions_,
                   reinterpret_cast<float*>(all + this->inputs(phase, pair, channel_block)));
  }

  void fill_gradients(std::int64_t clip, std::int64_t clips, std::int64_t item, std::byte* all,
                      std::byte* /*own*/) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t block = item % blocks_, pair = item / blocks_;
    PairedPlanes<V> lines;
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::int64_t in_group = pair / half_, depth = pair % half_ + i * half_;
      const std::int64_t first = ((clip + in_group) * job.out.d + depth) * job.out.h;
      DenseBlocks<V>& plane = lines.planes[i];
      plane.from =
          static_cast<const BFloat16*>(job_.dy) + first * job.out.w * job.out_channels + block * kChannels;
      plane.row = job.out.w * job.out_channels;
      plane.column = job.out_channels;
      plane.rows = in_group < clips && depth < job.out.d ? job.out.h : 0;
      plane.columns = job.out.w;
      plane.pitch = halo_.w.pitch;
      plane.channels = std::min(kChannels, job.out_channels - block * kChannels);
    }
    store_transposed<V>(lines, 2 * this->positions(),
                        reinterpret_cast<float*>(all + this->gradients(0, pair, block)));
  }

 private:
  static std::int64_t half(const HaloLayout<V>& halo) { return ceil_div(halo.d.outputs, 2); }
  static std::int64_t in_pairs(const HaloLayout<V>& halo) {
    return half(halo) + halo.d.tap(halo.d.kernel - 1, 0).offset;
  }
  bool is_data(std::int64_t phase, std::int64_t plane) const {
    const std::int64_t depth = plane - halo_.d.before;
    return depth >= 0 && depth < halo_.d.count(phase);
  }

  std::int64_t half_, in_pairs_;
};

}  // namespace c3d::cpu
