// A few channels (the clip's colours) on their halo-padded layout: a position holds its three taps of depth
// beside each other, and a row of a tile reads three neighbouring positions, the taps of w, as one: of 3
// colours 27 of 32 numbers count, and a tap of h is a step.
#pragma once

#include <cstring>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/amx/batch_reduce_gemm.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"
#include "kernels/cpu/convolution/amx/work_items.h"

namespace c3d::cpu {

// How the rows of a step's filters follow from taps and channels.
template <typename V>
struct StemLayout {
  std::int64_t valid_channels;
  // Numbers of a position: room for the four that are written for the last tap of depth.
  std::int64_t width;
  std::int64_t taps;  // of w, in a step

  explicit StemLayout(std::int64_t channels)
      : valid_channels(channels), width(2 * channels + kMaxStemChannels), taps(3 * width <= 32 ? 3 : 1) {}
  std::int64_t steps() const { return 9 / taps; }
  std::int64_t pairs() const { return taps * width / 2; }
};

template <typename V>
struct StemPanels {
  static constexpr std::int64_t kOut = 32;

  static std::int64_t bytes(const FilterJob& job) {
    return ceil_div(job.filters, kOut) * StemLayout<V>(job.valid_channels).steps() *
           BatchReduceGemm<V>::kStepBytes;
  }
  // packed [out block][step][2 halves][16 pairs][16 outputs][2]
  static void pack(int /*threads*/, const FilterJob& job, std::byte* packed) {
    const StemLayout<V> layout(job.valid_channels);
    auto* to = reinterpret_cast<BFloat16*>(packed);
    std::memset(static_cast<void*>(packed), 0, static_cast<std::size_t>(bytes(job)));
    for (std::int64_t out = 0; out < job.filters; ++out) {
      for (std::int64_t tap = 0; tap < 27; ++tap) {
        const std::int64_t kd = tap / 9, kh = tap / 3 % 3, kw = tap % 3;
        const std::int64_t step = (kh * 3 + kw) / layout.taps;
        const std::int64_t first = kw % layout.taps * layout.width + kd * job.valid_channels;
        for (std::int64_t c = 0; c < job.valid_channels; ++c) {
          const std::int64_t row = first + c, half = out % kOut / 16;
          const std::int64_t panel = (out / kOut * layout.steps() + step) * 2 + half;
          to[((panel * 16 + row / 2) * 16 + out % 16) * 2 + row % 2] =
              static_cast<const BFloat16*>(job.filter)[(out * 27 + tap) * job.channels + c];
        }
      }
    }
  }
};

template <typename V>
class PairedInput : public WindowItems<V> {
 public:
  using Filters = StemPanels<V>;
  static constexpr std::int64_t kSteps = 9;
  // The taps of depth are gathered: on the halo-padded layout there is one.
  static ConvolutionJob halo_job(const ConvolutionJob& job) { return without_depth(job, job.out.d); }

  PairedInput(const ConvolutionJob& job, const HaloLayout<V>& halo)
      : job_(job), halo_(halo), layout_(job.valid_channels), length_(halo.positions()) {}

  std::int64_t bytes() const { return round_up(length_ * position_bytes() + 64, 64); }
  std::int64_t position_bytes() const { return layout_.width * 2; }
  std::int64_t pairs() const { return layout_.pairs(); }
  std::int64_t items() const { return halo_.planes() + 1; }
  std::int64_t max_steps() const { return layout_.steps(); }
  std::int64_t make_steps(const Extent3& /*out_phase*/, ReduceStep* to) const {
    for (std::int64_t step = 0; step < layout_.steps(); ++step) {
      const std::int64_t tap = step * layout_.taps;
      const std::int64_t at = halo_.at(0, halo_.h.tap(tap / 3, 0).offset, halo_.w.tap(tap % 3, 0).offset);
      to[step] = {at * position_bytes(), step * BatchReduceGemm<V>::kStepBytes,
                  (at + BatchReduceGemm<V>::kRun) * position_bytes()};
    }
    return layout_.steps();
  }
  std::int64_t filter_steps() const { return max_steps(); }

  void fill(std::int64_t clip, std::int64_t clips, std::int64_t first, std::int64_t last,
            BFloat16* to) const {
    for (std::int64_t plane = first; plane < last; ++plane) {
      BFloat16* at = to + halo_.at(plane, 0, 0) * layout_.width;
      const std::int64_t in_group = plane / halo_.d.pitch;
      if (plane == halo_.planes() || in_group >= clips) {
        const std::int64_t end = plane == halo_.planes() ? length_ : halo_.at(plane + 1, 0, 0);
        clear(at, end - halo_.at(plane, 0, 0));
      } else {
        for (std::int64_t line = 0; line < halo_.h.pitch; ++line, at += halo_.w.pitch * layout_.width) {
          fill_line(clip + in_group, plane % halo_.d.pitch, line, at);
        }
      }
    }
  }

  // One line of a clip's plane; zeros where it lies above or below the data.
  void fill_line(std::int64_t clip, std::int64_t plane, std::int64_t line, BFloat16* to) const {
    const HaloAxis<V>&rows = halo_.h, &columns = halo_.w;
    const std::int64_t row = line - rows.before;
    clear(to, columns.pitch);
    if (row < 0 || row >= rows.data) return;
    BFloat16* first = to + columns.before * layout_.width;
    for (std::int64_t tap = 0; tap < 3; ++tap) {  // in this order: what is written too much is overwritten
      const std::int64_t depth = plane - job_.pad.d + tap;
      if (depth < 0 || depth >= job_.in.d) continue;
      const BFloat16* from = static_cast<const BFloat16*>(job_.x) +
                             ((clip * job_.in.d + depth) * job_.in.h + row) * job_.in.w * job_.in_channels;
      copy(from, first + tap * job_.valid_channels);
    }
  }

 private:
  void clear(BFloat16* to, std::int64_t positions) const {
    std::memset(static_cast<void*>(to), 0, static_cast<std::size_t>(positions * position_bytes()));
  }

  void copy(const BFloat16* from, BFloat16* to) const {
    const std::int64_t count = halo_.w.data, step = job_.in_channels, width = layout_.width;
    if (step < kMaxStemChannels) {
      for (std::int64_t i = 0; i < count; ++i, from += step, to += width) {
        for (std::int64_t c = 0; c < job_.valid_channels; ++c) to[c] = from[c];
      }
      return;
    }
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 16 * job_.valid_channels);
    for (std::int64_t i = 0; i < count; ++i, from += step, to += width) {
      std::uint64_t channels;
      std::memcpy(&channels, from, sizeof(channels));
      channels &= mask;
      std::memcpy(to, &channels, sizeof(channels));
    }
  }

  const ConvolutionJob& job_;
  const HaloLayout<V>& halo_;
  StemLayout<V> layout_;
  std::int64_t length_;
};

}  // namespace c3d::cpu
