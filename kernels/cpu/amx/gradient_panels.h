// What the filters' gradient multiplies: sums over positions, so that positions are what a row of a left tile
// holds, and the pairs of a right one.
//   gradients  [plane][block][32 channels][positions]                                 zero beside the outputs
//   inputs     [plane of every phase][chunk][parity][pairs of positions][32 channels][2]
// A tap is an offset of positions of the inputs. Pairs that begin at even positions serve even offsets, those
// that begin at odd ones the others: so all rows are whole cache lines.
#pragma once

#include "kernels/cpu/amx/channel_lines.h"
#include "kernels/cpu/amx/grid.h"

namespace c3d::cpu {

template <typename V>
class GradientPanels {
 public:
  static constexpr std::int64_t kChannels = 32, kRun = 32, kPairBytes = kChannels * 4;

  GradientPanels(const FilterGradientJob& job, const Grid<V>& grid)
      : job_(job),
        grid_(grid),
        chunks_(ceil_div(job.forward.used, kChannels)),
        blocks_(ceil_div(job.forward.out_channels, kChannels)) {
    // Of inputs, with those after the last clip's that are read as its padding.
    planes_ = std::max(grid.planes(), (grid.clips - 1) * grid.d.pitch + grid.d.outputs +
                                          grid.d.tap(grid.d.kernel - 1, 0).offset);
    const std::int64_t last = grid.at(0, grid.h.outputs - 1, grid.w.outputs - 1);
    positions_ = round_up(last + 1, kRun);
    const std::int64_t farthest =
        grid.at(0, grid.h.tap(grid.h.kernel - 1, 0).offset, grid.w.tap(grid.w.kernel - 1, 0).offset);
    pairs_ = round_up(positions_ + farthest + 1, kRun) / 2;
    // An odd number of cache lines: rows lie in different sets of the caches.
    row_bytes_ = (positions_ / kRun | 1) * kRun * 2;
  }

  std::int64_t chunks() const { return chunks_; }
  std::int64_t blocks() const { return blocks_; }
  std::int64_t positions() const { return positions_; }  // of a plane of gradients
  std::int64_t row_bytes() const { return row_bytes_; }  // from a channel's gradients to the next's
  std::int64_t input_bytes() const { return input_units() * 2 * pairs_ * kPairBytes; }
  std::int64_t gradient_bytes() const { return gradient_units() * kChannels * row_bytes_; }
  // The pairs from a position on.
  const std::byte* inputs(const std::byte* all, std::int64_t phase, std::int64_t plane, std::int64_t chunk,
                          std::int64_t position) const {
    const std::int64_t unit = (phase * planes_ + plane) * chunks_ + chunk;
    return all + ((unit * 2 + position % 2) * pairs_ + position / 2) * kPairBytes;
  }
  // Whether a plane of inputs holds more than padding, in a full group of clips.
  bool has_data(std::int64_t phase, std::int64_t plane) const {
    const std::int64_t depth = plane % grid_.d.pitch - grid_.d.before;
    return depth >= 0 && depth < grid_.d.count(phase / (grid_.h.in_phases * grid_.w.in_phases));
  }
  const std::byte* gradients(const std::byte* all, std::int64_t plane, std::int64_t block) const {
    return all + (plane * blocks_ + block) * kChannels * row_bytes_;
  }

  // Units of work, of the clips from `clip` on.
  std::int64_t input_units() const { return grid_.phases() * planes_ * chunks_; }
  std::int64_t gradient_units() const { return grid_.clips * grid_.d.outputs * blocks_; }

  void fill_inputs(std::int64_t clip, std::int64_t clips, std::int64_t unit, std::byte* all) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t chunk = unit % chunks_, plane = unit / chunks_ % planes_,
                       phase = unit / chunks_ / planes_;
    const std::int64_t rw = phase % grid_.w.in_phases, rh = phase / grid_.w.in_phases % grid_.h.in_phases,
                       rd = phase / (grid_.w.in_phases * grid_.h.in_phases);
    const std::int64_t depth = plane % grid_.d.pitch - grid_.d.before, in_group = plane / grid_.d.pitch;
    DenseLines<V> lines;
    const bool exists = in_group < clips && depth >= 0 && depth < grid_.d.count(rd);
    const std::int64_t first =
        ((clip + in_group) * job.in.d + depth * grid_.d.in_phases + rd) * job.in.h + rh;
    lines.from =
        static_cast<const BFloat16*>(job.x) + (first * job.in.w + rw) * job.in_channels + chunk * kChannels;
    lines.row = grid_.h.in_phases * job.in.w * job.in_channels;
    lines.column = grid_.w.in_phases * job.in_channels;
    lines.rows = exists ? grid_.h.count(rh) : 0;
    lines.columns = grid_.w.count(rw);
    lines.h = -grid_.h.before;
    lines.w = lines.w_first = -grid_.w.before;
    lines.pitch = grid_.w.pitch;
    lines.channels = std::min(kChannels, job.used - chunk * kChannels);
    for (std::int64_t parity = 0; parity < 2; ++parity) {
      DenseLines<V> from = lines;
      if (parity == 1) from.next();
      store_pairs<V>(from, pairs_, reinterpret_cast<float*>(all + (unit * 2 + parity) * pairs_ * kPairBytes));
    }
  }

  void fill_gradients(std::int64_t clip, std::int64_t clips, std::int64_t unit, std::byte* all) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t block = unit % blocks_, plane = unit / blocks_;
    DenseLines<V> lines;
    lines.from = static_cast<const BFloat16*>(job_.dy) +
                 (clip * job.out.d + plane) * job.out.h * job.out.w * job.out_channels + block * kChannels;
    lines.row = job.out.w * job.out_channels;
    lines.column = job.out_channels;
    lines.rows = plane < clips * job.out.d ? job.out.h : 0;
    lines.columns = job.out.w;
    lines.pitch = grid_.w.pitch;
    lines.channels = std::min(kChannels, job.out_channels - block * kChannels);
    store_transposed<V>(lines, positions_, all + unit * kChannels * row_bytes_, row_bytes_);
  }

 private:
  const FilterGradientJob& job_;
  const Grid<V>& grid_;
  std::int64_t chunks_, blocks_, planes_, positions_, pairs_, row_bytes_;
};

}  // namespace c3d::cpu
