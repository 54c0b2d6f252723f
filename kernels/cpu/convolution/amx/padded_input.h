// The input on its halo-padded layout: [phase][channel block][position][32 channels], where a tile of 16
// positions is 16 whole cache lines, whatever the tap.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/amx/batch_reduce_gemm.h"
#include "kernels/cpu/convolution/amx/filter_panels.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"
#include "kernels/cpu/convolution/amx/work_items.h"

namespace c3d::cpu {

template <typename V>
class PaddedInput : public WindowItems<V> {
 public:
  static constexpr std::int64_t kChannels = 32;  // of a channel block: 64 bytes
  static constexpr std::int64_t kSteps = 27;     // at once, so that sums go to memory seldom

  using Filters = FilterPanels<V>;
  static const ConvolutionJob& halo_job(const ConvolutionJob& job) { return job; }

  PaddedInput(const ConvolutionJob& job, const HaloLayout<V>& halo)
      : job_(job),
        halo_(halo),
        channel_blocks_(ceil_div(job.valid_channels, kChannels)),
        length_(halo.positions()) {}

  std::int64_t bytes() const { return halo_.phases() * channel_blocks_ * channel_block_bytes(); }
  static constexpr std::int64_t position_bytes() { return kChannels * 2; }
  std::int64_t pairs() const { return kChannels / 2; }  // of bf16 in a step
  std::int64_t max_steps() const { return channel_blocks_ * job_.kernel.volume(); }
  // The steps to the outputs of one phase; returns how many.
  std::int64_t make_steps(const Extent3& out_phase, ReduceStep* to) const {
    const Extent3& kernel = job_.kernel;
    std::int64_t count = 0, at = 0;
    for (std::int64_t channel_block = 0; channel_block < channel_blocks_; ++channel_block) {
      for (std::int64_t tap = 0; tap < kernel.volume(); ++tap, ++at) {
        const auto d = halo_.d.tap(tap / (kernel.h * kernel.w), out_phase.d);
        const auto h = halo_.h.tap(tap / kernel.w % kernel.h, out_phase.h);
        const auto w = halo_.w.tap(tap % kernel.w, out_phase.w);
        if (!d.exists || !h.exists || !w.exists) continue;
        const std::int64_t phase = (d.phase * halo_.h.in_phases + h.phase) * halo_.w.in_phases + w.phase;
        const std::int64_t volume = (phase * channel_blocks_ + channel_block) * channel_block_bytes();
        // Of the last row of taps the next run of positions, four at each step.
        const std::int64_t ahead = halo_.at(d.offset, halo_.h.tap(kernel.h - 1, out_phase.h).offset, 0) +
                                   BatchReduceGemm<V>::ahead(tap % (kernel.h * kernel.w));
        to[count++] = {volume + halo_.at(d.offset, h.offset, w.offset) * position_bytes(),
                       at * BatchReduceGemm<V>::kStepBytes, volume + ahead * position_bytes()};
      }
    }
    return count;
  }
  std::int64_t filter_steps() const { return max_steps(); }

  // A part of a clip by itself, of stride 1 (local_convolution.h), whose layout begins at this plane and row of
  // the input.
  void fill_part(std::int64_t clip, std::int64_t depth, std::int64_t row, BFloat16* to) const {
    const HaloAxis<V>& columns = halo_.w;
    const std::int64_t lines = halo_.planes() * halo_.h.pitch;
    for (std::int64_t line = 0; line < lines; ++line) {
      const std::int64_t d = depth + line / halo_.h.pitch, h = row + line % halo_.h.pitch,
                         at = line * columns.pitch;
      if (d < 0 || d >= job_.in.d || h < 0 || h >= job_.in.h) {
        clear(to, at, columns.pitch);
        continue;
      }
      clear(to, at, columns.before);
      clear(to, at + columns.before + columns.data, columns.pitch - columns.before - columns.data);
      copy(static_cast<const BFloat16*>(job_.x) +
               ((clip * job_.in.d + d) * job_.in.h + h) * job_.in.w * job_.in_channels,
           job_.in_channels, columns.data, job_.valid_channels, to + (at + columns.before) * kChannels);
    }
    clear(to, lines * columns.pitch, length_ - lines * columns.pitch);
  }

  // Work items: planes of every phase, and what follows the last.
  std::int64_t items() const { return halo_.phases() * (halo_.planes() + 1); }

  // Work items first .. last - 1 of the clips from `clip` on, of which there are `clips`.
  void fill(std::int64_t clip, std::int64_t clips, std::int64_t first, std::int64_t last,
            BFloat16* to) const {
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t phase = item / (halo_.planes() + 1), plane = item % (halo_.planes() + 1);
      BFloat16* volume = to + phase * channel_blocks_ * length_ * kChannels;
      const std::int64_t from = halo_.at(plane, 0, 0);
      const std::int64_t at = plane / halo_.d.pitch, rp = phase / (halo_.h.in_phases * halo_.w.in_phases);
      const std::int64_t depth = plane % halo_.d.pitch - halo_.d.before;
      if (plane == halo_.planes()) {
        clear(volume, from, length_ - from);
      } else if (at >= clips || depth < 0 || depth >= halo_.d.count(rp)) {
        clear(volume, from, halo_.at(1, 0, 0));
      } else {
        fill_plane(clip + at, depth * halo_.d.in_phases + rp, phase, from, volume);
      }
    }
  }

 private:
  std::int64_t channel_block_bytes() const { return length_ * position_bytes(); }

  void clear(BFloat16* volume, std::int64_t first, std::int64_t count) const {
    for (std::int64_t channel_block = 0; channel_block < channel_blocks_; ++channel_block) {
      std::memset(static_cast<void*>(volume + (channel_block * length_ + first) * kChannels), 0,
                  static_cast<std::size_t>(count * kChannels * 2));
    }
  }

  void fill_plane(std::int64_t clip, std::int64_t depth, std::int64_t phase, std::int64_t first,
                  BFloat16* volume) const {
    const HaloAxis<V>&rows = halo_.h, &columns = halo_.w;
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
      for (std::int64_t channel_block = 0; channel_block < channel_blocks_; ++channel_block) {
        copy(from + channel_block * kChannels, step, count,
             std::min(kChannels, job_.valid_channels - channel_block * kChannels),
             volume + (channel_block * length_ + at + columns.before) * kChannels);
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
      V::store_channel_block(V::load_channel_block(from, channels), to);
    }
  }

  const ConvolutionJob& job_;
  const HaloLayout<V>& halo_;
  std::int64_t channel_blocks_, length_;
};

}  // namespace c3d::cpu
