// The input on its grid: [phase][chunk][position][32 channels], where a tile of 16 positions is 16 whole
// cache lines, whatever the tap.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/amx/filter_panels.h"
#include "kernels/cpu/convolution/amx/grid.h"
#include "kernels/cpu/convolution/amx/sweep.h"
#include "kernels/cpu/convolution/amx/units.h"

namespace c3d::cpu {

template <typename V>
class PaddedInput : public WindowUnits<V> {
 public:
  static constexpr std::int64_t kChannels = 32;  // of a chunk: 64 bytes
  static constexpr std::int64_t kSteps = 27;     // at once, so that sums go to memory seldom

  using Filters = FilterPanels<V>;
  static const ConvolutionJob& grid_job(const ConvolutionJob& job) { return job; }

  PaddedInput(const ConvolutionJob& job, const Grid<V>& grid)
      : job_(job), grid_(grid), chunks_(ceil_div(job.used, kChannels)), length_(grid.positions()) {}

  std::int64_t bytes() const { return grid_.phases() * chunks_ * chunk_bytes(); }
  static constexpr std::int64_t position_bytes() { return kChannels * 2; }
  std::int64_t pairs() const { return kChannels / 2; }  // of bf16 in a step
  std::int64_t most_steps() const { return chunks_ * job_.kernel.volume(); }
  // The steps to the outputs of one phase; returns how many.
  std::int64_t make_steps(const Extent3& out_phase, SweepStep* to) const {
    const Extent3& kernel = job_.kernel;
    std::int64_t count = 0, at = 0;
    for (std::int64_t chunk = 0; chunk < chunks_; ++chunk) {
      for (std::int64_t tap = 0; tap < kernel.volume(); ++tap, ++at) {
        const auto d = grid_.d.tap(tap / (kernel.h * kernel.w), out_phase.d);
        const auto h = grid_.h.tap(tap / kernel.w % kernel.h, out_phase.h);
        const auto w = grid_.w.tap(tap % kernel.w, out_phase.w);
        if (!d.exists || !h.exists || !w.exists) continue;
        const std::int64_t phase = (d.phase * grid_.h.in_phases + h.phase) * grid_.w.in_phases + w.phase;
        const std::int64_t volume = (phase * chunks_ + chunk) * chunk_bytes();
        // Of the last row of taps the next run of positions, four at each step.
        const std::int64_t ahead = grid_.at(d.offset, grid_.h.tap(kernel.h - 1, out_phase.h).offset, 0) +
                                   Sweep<V>::ahead(tap % (kernel.h * kernel.w));
        to[count++] = {volume + grid_.at(d.offset, h.offset, w.offset) * position_bytes(),
                       at * Sweep<V>::kStepBytes, volume + ahead * position_bytes()};
      }
    }
    return count;
  }
  std::int64_t filter_steps() const { return most_steps(); }
  // Units of work: planes of every phase, and what follows the last.
  std::int64_t units() const { return grid_.phases() * (grid_.planes() + 1); }

  // Units first .. last - 1 of the clips from `clip` on, of which there are `clips`.
  void fill(std::int64_t clip, std::int64_t clips, std::int64_t first, std::int64_t last,
            BFloat16* to) const {
    for (std::int64_t unit = first; unit < last; ++unit) {
      const std::int64_t phase = unit / (grid_.planes() + 1), plane = unit % (grid_.planes() + 1);
      BFloat16* volume = to + phase * chunks_ * length_ * kChannels;
      const std::int64_t from = grid_.at(plane, 0, 0);
      const std::int64_t at = plane / grid_.d.pitch, rp = phase / (grid_.h.in_phases * grid_.w.in_phases);
      const std::int64_t depth = plane % grid_.d.pitch - grid_.d.before;
      if (plane == grid_.planes()) {
        clear(volume, from, length_ - from);
      } else if (at >= clips || depth < 0 || depth >= grid_.d.count(rp)) {
        clear(volume, from, grid_.at(1, 0, 0));
      } else {
        fill_plane(clip + at, depth * grid_.d.in_phases + rp, phase, from, volume);
      }
    }
  }

 private:
  std::int64_t chunk_bytes() const { return length_ * position_bytes(); }

  void clear(BFloat16* volume, std::int64_t first, std::int64_t count) const {
    for (std::int64_t chunk = 0; chunk < chunks_; ++chunk) {
      std::memset(static_cast<void*>(volume + (chunk * length_ + first) * kChannels), 0,
                  static_cast<std::size_t>(count * kChannels * 2));
    }
  }

  void fill_plane(std::int64_t clip, std::int64_t depth, std::int64_t phase, std::int64_t first,
                  BFloat16* volume) const {
    const GridAxis<V>&rows = grid_.h, &columns = grid_.w;
    const std::int64_t rh = phase / columns.in_phases % rows.in_phases, rw = phase % columns.in_phases;
    const std::int64_t count = columns.count(rw), step = columns.in_phases * job_.in_channels;
    for (std::int64_t line = 0; line < rows.pitch; ++line) {
      const std::int64_t row = line - rows.before, at = first + line * columns.pitch;
      if (row < 0 || row >= rows.count(rh)) {
        clear(volume, at, columns.pitch);
        continue;
      }
      const BFloat16* from =
          static_cast<const BFloat16*>(job_.x) +
          (((clip * job_.in.d + depth) * job_.in.h + row * rows.in_phases + rh) * job_.in.w + rw) *
              job_.in_channels;
      clear(volume, at, columns.before);
      clear(volume, at + columns.before + count, columns.pitch - columns.before - count);
      for (std::int64_t chunk = 0; chunk < chunks_; ++chunk) {
        copy(from + chunk * kChannels, step, count, std::min(kChannels, job_.used - chunk * kChannels),
             volume + (chunk * length_ + at + columns.before) * kChannels);
      }
    }
  }

  [[gnu::always_inline]] static void copy(const BFloat16* from, std::int64_t step, std::int64_t count,
                                          std::int64_t channels, BFloat16* to) {
    if (channels == kChannels) {
      for (std::int64_t i = 0; i < count; ++i, from += step, to += kChannels) std::memcpy(to, from, 64);
      return;
    }
    for (std::int64_t i = 0; i < count; ++i, from += step, to += kChannels) {
      V::store_line(V::load_line(from, channels), to);
    }
  }

  const ConvolutionJob& job_;
  const Grid<V>& grid_;
  std::int64_t chunks_, length_;
};

}  // namespace c3d::cpu
