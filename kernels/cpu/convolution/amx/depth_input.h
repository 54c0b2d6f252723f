// The input of Winograd along depth on its grid, [point][chunk][position][32 channels]: a plane of the grid
// is one point of one tile, D planes of outputs, so that taps of depth are none and those of a plane are
// offsets.
#pragma once

#include "kernels/cpu/convolution/amx/depth_panels.h"
#include "kernels/cpu/convolution/amx/grid.h"
#include "kernels/cpu/convolution/amx/sweep.h"
#include "kernels/cpu/convolution/amx/units.h"

namespace c3d::cpu {

template <typename V, int D>
class DepthInput : public TileUnits<V, D> {
 public:
  static constexpr std::int64_t kChannels = 32;
  using Units = TileUnits<V, D>;
  using Units::kPoints;
  static constexpr std::int64_t kTaps = 9;    // of a plane
  static constexpr std::int64_t kSteps = 18;  // of two chunks at once: filters of 36 KB
  using Filters = DepthPanels<V, D>;

  static ConvolutionJob grid_job(const ConvolutionJob& job) {
    return without_depth(job, ceil_div(job.out.d, D));
  }

  DepthInput(const ConvolutionJob& job, const Grid<V>& grid)
      : job_(job), grid_(grid), chunks_(ceil_div(job.used, kChannels)), length_(grid.positions()) {
    Units::input_bytes = point_bytes();
    Units::filter_bytes = most_steps() * Sweep<V>::kStepBytes;
  }

  std::int64_t bytes() const { return kPoints * point_bytes(); }
  static constexpr std::int64_t position_bytes() { return kChannels * 2; }
  std::int64_t pairs() const { return kChannels / 2; }
  std::int64_t most_steps() const { return chunks_ * kTaps; }  // of a point
  std::int64_t make_steps(const Extent3& /*out_phase*/, SweepStep* to) const {
    for (std::int64_t step = 0; step < most_steps(); ++step) {
      const std::int64_t tap = step % kTaps;
      const std::int64_t at = grid_.at(0, grid_.h.tap(tap / 3, 0).offset, grid_.w.tap(tap % 3, 0).offset);
      // Of the last row of taps the next run of positions, four at each step.
      const std::int64_t ahead = grid_.at(0, grid_.h.tap(2, 0).offset, 0) + Sweep<V>::ahead(tap);
      const std::int64_t volume = step / kTaps * chunk_bytes();
      to[step] = {volume + at * position_bytes(), step * Sweep<V>::kStepBytes,
                  volume + ahead * position_bytes()};
    }
    return most_steps();
  }
  std::int64_t filter_steps() const { return kPoints * most_steps(); }  // of a block of outputs

  // Lines of all tiles, and what follows the last.
  std::int64_t units() const { return grid_.planes() * grid_.h.pitch + 1; }

  void fill(std::int64_t clip, std::int64_t clips, std::int64_t first, std::int64_t last,
            BFloat16* to) const {
    for (std::int64_t unit = first; unit < last; ++unit) {
      const std::int64_t at = unit * grid_.w.pitch, tile = unit / grid_.h.pitch;
      const std::int64_t row = unit % grid_.h.pitch - grid_.h.before, in_group = tile / grid_.d.pitch;
      if (unit == units() - 1) {
        clear(at, length_ - at, to);
      } else if (in_group >= clips || row < 0 || row >= grid_.h.data) {
        clear(at, grid_.w.pitch, to);
      } else {
        fill_line(clip + in_group, tile % grid_.d.pitch * D - job_.pad.d, row, at, to);
      }
    }
  }

 private:
  std::int64_t chunk_bytes() const { return length_ * position_bytes(); }
  std::int64_t point_bytes() const { return chunks_ * chunk_bytes(); }

  void clear(std::int64_t first, std::int64_t count, BFloat16* to) const {
    for (std::int64_t panel = 0; panel < kPoints * chunks_; ++panel) {
      std::memset(static_cast<void*>(to + (panel * length_ + first) * kChannels), 0,
                  static_cast<std::size_t>(count * kChannels * 2));
    }
  }

  // The points of a line of the planes from `depth` on.
  void fill_line(std::int64_t clip, std::int64_t depth, std::int64_t row, std::int64_t at,
                 BFloat16* to) const {
    const GridAxis<V>& columns = grid_.w;
    const DepthPlanes input{job_.x, job_.in, job_.in_channels};
    clear(at, columns.before, to);
    clear(at + columns.before + columns.data, columns.pitch - columns.before - columns.data, to);
    for (std::int64_t chunk = 0; chunk < chunks_; ++chunk) {
      const BFloat16* planes[kPoints];
      input.rows(clip, depth, row, chunk * kChannels, planes);
      transform_lines<V, kPoints>(planes, job_.in_channels, columns.data, job_.used - chunk * kChannels,
                                  to + (chunk * length_ + at + columns.before) * kChannels, kChannels,
                                  chunks_ * length_ * kChannels,
                                  [](const auto& d, auto& v) { Axis<D>::input(d, v); });
    }
  }

  const ConvolutionJob& job_;
  const Grid<V>& grid_;
  std::int64_t chunks_, length_;
};

}  // namespace c3d::cpu
