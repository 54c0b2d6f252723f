// The input of Winograd along depth on its grid, [point][chunk][position][32 channels]: a plane of the grid
// is one point of one tile, D planes of outputs, so that taps of depth are none and those of a plane are
// offsets.
#pragma once

#include "kernels/cpu/amx/depth_panels.h"
#include "kernels/cpu/amx/grid.h"
#include "kernels/cpu/amx/sweep.h"

namespace c3d::cpu {

template <typename V, int D>
class DepthInput {
 public:
  static constexpr std::int64_t kChannels = 32;
  static constexpr int kPoints = Axis<D>::kPoints;
  static constexpr std::int64_t kOutputs = D;  // planes of a unit's outputs
  static constexpr std::int64_t kTaps = 9;     // of a plane
  static constexpr std::int64_t kSteps = 18;   // of two chunks at once: filters of 36 KB
  using Filters = DepthPanels<V, D>;

  static ConvolutionJob grid_job(const ConvolutionJob& job) { return depth_grid_job<D>(job); }

  DepthInput(const ConvolutionJob& job, const Grid<V>& grid)
      : job_(job), grid_(grid), chunks_(ceil_div(job.used, kChannels)), length_(grid.positions()) {}

  std::int64_t bytes() const { return kPoints * point_bytes(); }
  static constexpr std::int64_t position_bytes() { return kChannels * 2; }
  std::int64_t pairs() const { return kChannels / 2; }
  std::int64_t most_steps() const { return chunks_ * kTaps; }
  std::int64_t make_steps(const Extent3& /*out_phase*/, SweepStep* to) const {
    for (std::int64_t step = 0; step < chunks_ * kTaps; ++step) {
      const std::int64_t tap = step % kTaps;
      const std::int64_t at = grid_.at(0, grid_.h.tap(tap / 3, 0).offset, grid_.w.tap(tap % 3, 0).offset);
      // Of the last row of taps the next run of positions, four at each step.
      const std::int64_t ahead = grid_.at(0, grid_.h.tap(2, 0).offset, 0) + Sweep<V>::ahead(tap);
      const std::int64_t volume = step / kTaps * chunk_bytes();
      to[step] = {volume + at * position_bytes(), step * Sweep<V>::kStepBytes,
                  volume + ahead * position_bytes()};
    }
    return chunks_ * kTaps;
  }
  // Of a unit, a tile: the sums of its points.
  static std::int64_t planes(const ConvolutionJob& /*job*/) { return kPoints; }
  SweepSource source(std::int64_t tile, std::int64_t point) const {
    return {tile, point * point_bytes(), point * chunks_ * kTaps * Sweep<V>::kStepBytes};
  }
  std::int64_t filter_steps() const { return kPoints * chunks_ * kTaps; }  // of a block of outputs

  // Of `count` sums of a tile's points, `plane` from one point to the next: the outputs, in the place of the
  // first D.
  static void to_outputs(float* sums, std::int64_t plane, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += V::kWidth) {
      typename V::Float points[kPoints], outputs[D];
#pragma GCC unroll 6
      for (int point = 0; point < kPoints; ++point) points[point] = V::load(sums + point * plane + i);
      Axis<D>::output(points, outputs);
#pragma GCC unroll 4
      for (int depth = 0; depth < D; ++depth) V::store(outputs[depth], sums + depth * plane + i);
    }
  }

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
