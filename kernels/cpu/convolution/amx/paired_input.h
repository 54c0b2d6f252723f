// A few channels (the clip's colours) on their halo-padded layout: a position holds what its output sees of a
// row, the taps of depth and of w of all channels, as one line: of 3 colours 27 of 32 numbers count, and a tap
// of h is a step. Where they are too many for a line, it holds the taps of depth.
#pragma once

#include <algorithm>
#include <cstring>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/amx/batch_reduce_gemm.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"

namespace c3d::cpu {

// How the rows of a step's filters follow from taps and channels: [tap of w][tap of depth][channel].
template <typename V>
struct StemLayout {
  std::int64_t valid_channels;
  std::int64_t taps;  // of w, in a step

  explicit StemLayout(std::int64_t channels) : valid_channels(channels), taps(9 * channels <= 32 ? 3 : 1) {}
  std::int64_t steps() const { return 9 / taps; }
  std::int64_t row(std::int64_t kd, std::int64_t kw) const { return (kw % taps * 3 + kd) * valid_channels; }
  std::int64_t pairs() const { return ceil_div(taps * 3 * valid_channels, 2); }
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
        for (std::int64_t c = 0; c < job.valid_channels; ++c) {
          const std::int64_t row = layout.row(kd, kw) + c, half = out % kOut / 16;
          const std::int64_t panel = (out / kOut * layout.steps() + step) * 2 + half;
          to[((panel * 16 + row / 2) * 16 + out % 16) * 2 + row % 2] =
              static_cast<const BFloat16*>(job.filter)[(out * 27 + tap) * job.channels + c];
        }
      }
    }
  }
};

template <typename V>
class PairedInput {
  static constexpr std::int64_t kLine = 32;  // numbers of a position
  static constexpr std::int64_t kStep = 8;   // elements of a position in memory that vectors can take

 public:
  using Filters = StemPanels<V>;
  // The taps of depth are gathered: on the halo-padded layout there is one.
  static ConvolutionJob halo_job(const ConvolutionJob& job) { return without_depth(job, job.out.d); }

  PairedInput(const ConvolutionJob& job, const HaloLayout<V>& halo)
      : job_(job), halo_(halo), layout_(job.valid_channels), length_(halo.positions()) {}

  std::int64_t bytes() const { return length_ * position_bytes(); }
  static constexpr std::int64_t position_bytes() { return kLine * 2; }
  std::int64_t pairs() const { return layout_.pairs(); }
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

  // As PaddedInput's; depth: of the first tap.
  void fill_part(std::int64_t clip, std::int64_t depth, std::int64_t row, BFloat16* to) const {
    const std::int64_t lines = halo_.planes() * halo_.h.pitch;
    typename V::Selection selections[2];
    for (std::int64_t i = 0; i < 2; ++i) selections[i] = selection(i);
    for (std::int64_t line = 0; line < lines; ++line, to += halo_.w.pitch * kLine) {
      const BFloat16* rows[3];
      for (std::int64_t tap = 0; tap < 3; ++tap) {
        rows[tap] = row_of(clip, depth + line / halo_.h.pitch + tap, row + line % halo_.h.pitch);
      }
      if (rows[0] == nullptr && rows[1] == nullptr && rows[2] == nullptr) {
        clear(to, halo_.w.pitch);
      } else if (layout_.taps == 3 && job_.in_channels == kStep) {
        const BFloat16* next = row_of(clip, depth + line / halo_.h.pitch + 3, row + line % halo_.h.pitch);
        fill_lines(rows, next == nullptr ? static_cast<const BFloat16*>(job_.x) : next, selections, to);
      } else {
        fill_numbers(rows, to);
      }
    }
    clear(to, length_ - lines * halo_.w.pitch);
  }

 private:
  static void clear(BFloat16* to, std::int64_t positions) {
    std::memset(static_cast<void*>(to), 0, static_cast<std::size_t>(positions * position_bytes()));
  }
  // Null: outside the data.
  const BFloat16* row_of(std::int64_t clip, std::int64_t depth, std::int64_t row) const {
    if (depth < 0 || depth >= job_.in.d || row < 0 || row >= job_.in.h) return nullptr;
    return static_cast<const BFloat16*>(job_.x) +
           ((clip * job_.in.d + depth) * job_.in.h + row) * job_.in.w * job_.in_channels;
  }

  // The line of position `first` of four, from the first two planes' words in turn, four of each, and the
  // third's.
  typename V::Selection selection(std::int64_t first) const {
    std::uint16_t lanes[kLine] = {};
    for (std::int64_t i = 0; i < 9 * layout_.valid_channels && i < kLine; ++i) {
      const std::int64_t c = i % layout_.valid_channels, kd = i / layout_.valid_channels % 3,
                         kw = i / layout_.valid_channels / 3;
      const std::int64_t word = (first + kw) * kStep + c;
      lanes[i] = static_cast<std::uint16_t>(kd == 2 ? word + kLine : word + kd * kStep / 2);
    }
    return V::selection(lanes, std::min<std::int64_t>(9 * layout_.valid_channels, kLine));
  }
  // next: what the next plane's line needs anew, and is fetched meanwhile.
  void fill_lines(const BFloat16* const (&rows)[3], const BFloat16* next,
                  const typename V::Selection (&selections)[2], BFloat16* to) const {
    const std::int64_t pitch = halo_.w.pitch, end = halo_.w.data * kStep;
    for (std::int64_t i = 0; i < pitch; i += 2, to += 2 * kLine) {
      const std::int64_t at = (i - job_.pad.w) * kStep;
      V::prefetch_far(next + i * kStep);
      typename V::ChannelBlock planes[3] = {};
      for (int tap = 0; tap < 3; ++tap) {
        if (rows[tap] != nullptr) planes[tap] = V::load_inside(rows[tap], at, end);
      }
      const typename V::ChannelBlock two = V::interleave_fours(planes[0], planes[1]);
      V::store_channel_block(V::select(selections[0], two, planes[2]), to);
      if (i + 1 < pitch) V::store_channel_block(V::select(selections[1], two, planes[2]), to + kLine);
    }
  }
  // Number by number, of any channels.
  void fill_numbers(const BFloat16* const (&rows)[3], BFloat16* to) const {
    clear(to, halo_.w.pitch);
    for (std::int64_t i = 0; i < halo_.w.pitch; ++i, to += kLine) {
      for (std::int64_t kw = 0; kw < layout_.taps; ++kw) {
        const std::int64_t column = i - job_.pad.w + kw;
        if (column < 0 || column >= halo_.w.data) continue;
        for (std::int64_t kd = 0; kd < 3; ++kd) {
          if (rows[kd] == nullptr) continue;
          for (std::int64_t c = 0; c < layout_.valid_channels; ++c) {
            to[layout_.row(kd, kw) + c] = rows[kd][column * job_.in_channels + c];
          }
        }
      }
    }
  }

  const ConvolutionJob& job_;
  const HaloLayout<V>& halo_;
  StemLayout<V> layout_;
  std::int64_t length_;
};

}  // namespace c3d::cpu
