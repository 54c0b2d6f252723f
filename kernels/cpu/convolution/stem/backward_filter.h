// The gradient of the filters of a small-channel input (the clip's colours): sums of products as the
// definition has them, in vectors of output channels, the nine taps of a plane at a time in registers.
//
// Behind a max-pooling only one of a window's four outputs has a gradient, another one for each channel. Its
// product with the input it saw through a tap is one multiply-add all the same: the four inputs that the
// window's outputs see through the tap lie side by side, and each channel takes its own of them
// (V::lookup). For that two lines of the input lie interleaved, as *pairs*: position i of a line and of the
// next one, then position i + 1 of both.
//
// The work is cut into strips as in convolution.h. Which strips are summed together does not depend on the
// number of threads.
#pragma once

#include <omp.h>

#include <cstring>

#include "kernels/cpu/convolution/problem/job.h"
#include "kernels/cpu/convolution/stem/line_tiles.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// T: of activations.
template <typename V, typename T>
class StemBackwardFilter {
  static constexpr std::int64_t kWidth = V::kWidth;
  static constexpr int kTaps = 9;  // of a plane
  using Float = typename V::Float;
  using Int = typename V::Int;

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/) {
    const Layout layout(job);
    return 4 * (layout.slots * layout.slot_floats + threads * layout.thread_floats);
  }

  static void run(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/,
                  std::byte* scratch) {
    const Layout layout(job);
    float* const sums = reinterpret_cast<float*>(scratch);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num();
      typename WorkShares<V>::StealingRange work(shares, thread, omp_get_num_threads());
      Strip strip(job, layout, sums + layout.slots * layout.slot_floats + layout.thread_floats * thread);
      work.run(layout.slots, [&](std::int64_t slot) {
        float* const to = sums + slot * layout.slot_floats;
        for (std::int64_t i = 0; i < layout.slot_floats; ++i) to[i] = 0;
        const std::int64_t last = layout.items * (slot + 1) / layout.slots;
        for (std::int64_t item = layout.items * slot / layout.slots; item < last; ++item) {
          strip.run(item / layout.strips, item % layout.strips * layout.strip_units, to);
        }
      });
#pragma omp barrier
      work.run(layout.vectors * 3 * job.forward.valid_channels,
               [&](std::int64_t plane) { write(job, layout, sums, plane); });
    }
  }

 private:
  static constexpr std::int64_t kStripLines = 14, kMaxSlots = 64;

  struct Layout {
    bool pooled;
    std::int64_t height;                // of a unit: of a line of windows, or of outputs
    std::int64_t planes, lines, units;  // of outputs that have a gradient; of units in a line
    std::int64_t vectors;               // of output channels
    std::int64_t strip_units, strips, items, slots;
    std::int64_t strip_lines, pairs_line, line_floats;  // of pairs, of a channel and of all
    std::int64_t pairs_floats, row_floats, thread_floats, slot_floats;

    explicit Layout(const FilterGradientJob& job) {
      const ConvolutionJob& conv = job.forward;
      pooled = job.pooled.dy != nullptr;
      height = pooled ? 2 : 1;
      planes = pooled ? job.pooled.extent.d * job.pooled.window.d : conv.out.d;
      lines = pooled ? job.pooled.extent.h : conv.out.h;
      units = pooled ? job.pooled.extent.w : conv.out.w;
      vectors = ceil_div(conv.out_channels, kWidth);
      strip_units = kStripLines / height;
      strips = ceil_div(lines, strip_units);
      items = conv.clips * strips;
      slots = std::clamp<std::int64_t>(items, 1, kMaxSlots);
      strip_lines = kStripLines + 2;
      pairs_line = 2 * (units * height + 2) + 4;
      line_floats = conv.valid_channels * pairs_line;
      pairs_floats = round_up(3 * strip_lines * line_floats, 16);
      row_floats = units * kWidth;
      thread_floats = round_up(pairs_floats + 2 * row_floats, 16);
      slot_floats = round_up(vectors * 3 * conv.valid_channels * kTaps * kWidth, 16);
    }
  };

  // Of all slots, one vector of output channels, plane of taps and input channel.
  static void write(const FilterGradientJob& job, const Layout& layout, const float* sums,
                    std::int64_t plane) {
    const ConvolutionJob& conv = job.forward;
    const std::int64_t channel = plane % conv.valid_channels, kd = plane / conv.valid_channels % 3;
    const std::int64_t out = plane / conv.valid_channels / 3 * kWidth;
    const std::int64_t channels = std::min(kWidth, conv.out_channels - out);
    for (int tap = 0; tap < kTaps; ++tap) {
      const float* from = sums + (plane * kTaps + tap) * kWidth;
      Float sum = V::load(from);
      for (std::int64_t slot = 1; slot < layout.slots; ++slot) {
        sum += V::load(from + slot * layout.slot_floats);
      }
      float lanes[kWidth];
      V::store(sum, lanes);
      for (std::int64_t i = 0; i < channels; ++i) {
        float* const to = job.dfilter + ((out + i) * 27 + kd * kTaps + tap) * conv.in_channels;
        to[channel] = lanes[i];
        if (channel > 0) continue;
        for (std::int64_t c = conv.valid_channels; c < conv.in_channels; ++c) to[c] = 0;
      }
    }
  }

  // One thread's memory, and its work.
  class Strip {
   public:
    Strip(const FilterGradientJob& job, const Layout& layout, float* memory)
        : job_(job),
          conv_(job.forward),
          layout_(layout),
          pairs_(memory),
          gradient_(memory + layout.pairs_floats),
          where_(reinterpret_cast<std::int32_t*>(gradient_ + layout.row_floats)) {
      // What lies beside a line is zero, and stays so.
      for (std::int64_t i = 0; i < layout.pairs_floats; ++i) pairs_[i] = 0;
    }

    // sums [vector][plane of taps][channel][tap] += those of all planes' units from `first` on.
    void run(std::int64_t clip, std::int64_t first, float* sums) {
      clip_ = clip;
      const std::int64_t units = std::min(layout_.strip_units, layout_.lines - first);
      first_line_ = first * layout_.height - conv_.pad.h;
      std::int64_t plane = -conv_.pad.d;  // of the input: the next one
      for (std::int64_t d = 0; d < layout_.planes; ++d) {
        for (; plane < d + 3 - conv_.pad.d; ++plane) {
          if (plane < 0 || plane >= conv_.in.d) continue;
          for (std::int64_t line = 0; line < (units - 1) * layout_.height + 3; ++line) {
            interleave(plane, first_line_ + line, pairs_of(plane, line));
          }
        }
        for (std::int64_t unit = 0; unit < units; ++unit) {
          const bool last = unit + 1 == units;
          look_ahead(last ? d + 1 : d, last ? first : first + unit + 1, unit * layout_.height,
                     last ? layout_.height + 2 : layout_.height, d + 3 - conv_.pad.d);
          for (std::int64_t vector = 0; vector < layout_.vectors; ++vector) {
            add_line(d, first + unit, unit * layout_.height, vector,
                     sums + vector * 3 * conv_.valid_channels * kTaps * kWidth);
          }
        }
      }
    }

   private:
    float* pairs_of(std::int64_t plane, std::int64_t line) const {
      return pairs_ + ((plane + conv_.pad.d) % 3 * layout_.strip_lines + line) * layout_.line_floats;
    }

    const T* input(std::int64_t plane, std::int64_t h) const {
      if (h < 0 || h >= conv_.in.h) return nullptr;
      return static_cast<const T*>(conv_.x) +
             ((clip_ * conv_.in.d + plane) * conv_.in.h + h) * conv_.in.w * conv_.in_channels;
    }

    // Line h and the next one, to [channel][position of both].
    void interleave(std::int64_t plane, std::int64_t h, float* to) const {
      const T *upper = input(plane, h), *lower = input(plane, h + 1);
      if (upper == nullptr && lower == nullptr) {
        for (std::int64_t i = 0; i < layout_.line_floats; ++i) to[i] = 0;
      } else if (upper == nullptr) {
        interleave(to, [&](std::int64_t at, float(&pair)[2]) { pair[0] = 0, pair[1] = to_float(lower[at]); });
      } else if (lower == nullptr) {
        interleave(to, [&](std::int64_t at, float(&pair)[2]) { pair[0] = to_float(upper[at]), pair[1] = 0; });
      } else {
        interleave(to, [&](std::int64_t at, float(&pair)[2]) {
          pair[0] = to_float(upper[at]), pair[1] = to_float(lower[at]);
        });
      }
    }
    template <typename Load>
    [[gnu::always_inline]] void interleave(float* to, const Load& load) const {
      if (conv_.valid_channels == 3) {
        interleave_channels<3>(to, load);
      } else {
        interleave_channels<0>(to, load);
      }
    }
    // Channels: 0 for any number of them.
    template <int Channels, typename Load>
    [[gnu::always_inline]] void interleave_channels(float* to, const Load& load) const {
      const std::int64_t channels = Channels == 0 ? conv_.valid_channels : Channels;
      const std::int64_t pad = conv_.pad.w, step = conv_.in_channels, line = layout_.pairs_line;
      const std::int64_t last = std::min(conv_.in.w, layout_.units * layout_.height + 2 - pad);
      float* pairs = to + 2 * pad;
      for (std::int64_t w = 0; w < last; ++w, pairs += 2) {
#pragma GCC unroll 4
        for (std::int64_t c = 0; c < channels; ++c) {
          float pair[2];
          load(w * step + c, pair);
          std::memcpy(pairs + c * line, pair, sizeof(pair));
        }
      }
    }

    // What is fetched while a unit's sums are made: the next unit's gradients, and lines of the input's next
    // plane.
    void look_ahead(std::int64_t d, std::int64_t unit, std::int64_t line, std::int64_t lines,
                    std::int64_t plane) {
      const std::int64_t bytes = conv_.in.w * conv_.in_channels * std::int64_t{sizeof(T)};
      const std::int64_t first = std::clamp<std::int64_t>(first_line_ + line, 0, conv_.in.h);
      const std::int64_t end = std::clamp<std::int64_t>(first_line_ + line + lines, 0, conv_.in.h);
      input_ =
          static_cast<const char*>(conv_.x) + ((clip_ * conv_.in.d + plane) * conv_.in.h + first) * bytes;
      input_bytes_ = plane >= 0 && plane < conv_.in.d ? (end - first) * bytes : 0;
      next_units_ = d < layout_.planes ? layout_.units * conv_.out_channels : 0;
      const std::int64_t depth = layout_.pooled ? job_.pooled.window.d : 1;
      const std::int64_t planes = layout_.pooled ? job_.pooled.extent.d : conv_.out.d;
      next_ = ((clip_ * planes + d / depth) * layout_.lines + unit) * layout_.units * conv_.out_channels;
    }

    // The i-th of n parts.
    void fetch(std::int64_t i, std::int64_t n) const {
      const std::int64_t bytes = next_units_ * std::int64_t{sizeof(T)};
      fetch_part<V>(input_, input_bytes_, i, n);
      if (layout_.pooled) {
        fetch_part<V>(static_cast<const T*>(job_.pooled.dy) + next_, bytes, i, n);
        fetch_part<V>(static_cast<const T*>(job_.pooled.y) + next_, bytes, i, n);
        fetch_part<V>(job_.pooled.argmax + next_, next_units_, i, n);
      } else {
        fetch_part<V>(static_cast<const T*>(job_.dy) + next_, bytes, i, n);
      }
    }

    // The units of one line and a vector of output channels; line: of the strip.
    void add_line(std::int64_t d, std::int64_t unit, std::int64_t line, std::int64_t vector,
                  float* sums) const {
      const std::int64_t channel = vector * kWidth;
      if (layout_.pooled) {
        read_windows(d, unit, channel);
      } else {
        read_outputs(d, unit, channel);
      }
      for (std::int64_t kd = 0; kd < 3; ++kd) {
        const std::int64_t plane = d + kd - conv_.pad.d;
        if (plane < 0 || plane >= conv_.in.d) continue;
        for (std::int64_t c = 0; c < conv_.valid_channels; ++c) {
          if (vector == 0) fetch(kd * conv_.valid_channels + c, 3 * conv_.valid_channels);
          const float* pairs = pairs_of(plane, line) + c * layout_.pairs_line;
          float* const to = sums + (kd * conv_.valid_channels + c) * kTaps * kWidth;
          if (layout_.pooled) {
            add_taps<true>(pairs, to);
          } else {
            add_taps<false>(pairs, to);
          }
        }
      }
    }

    // A line of windows: the gradient of each, and which of the four inputs that a tap sees it belongs to.
    // Zero where it belongs to the window's other plane, or to none.
    void read_windows(std::int64_t d, std::int64_t unit, std::int64_t channel) const {
      const PooledGradient& pooled = job_.pooled;
      const std::int64_t count = conv_.out_channels - channel;
      const auto kd = static_cast<std::int32_t>(d % pooled.window.d);
      std::int64_t at = ((clip_ * pooled.extent.d + d / pooled.window.d) * pooled.extent.h + unit) *
                            pooled.extent.w * conv_.out_channels +
                        channel;
      const std::int64_t step = conv_.out_channels;
      float *gradient = gradient_, *const end = gradient + layout_.row_floats;
      std::int32_t* to = where_;
      for (; gradient != end; gradient += kWidth, to += kWidth, at += step) {
        const Float y = load(static_cast<const T*>(pooled.y) + at, count);
        const Float dy = load(static_cast<const T*>(pooled.dy) + at, count);
        const Int tap = V::load_bytes(pooled.argmax + at, count);
        const Float positive = y > 0.0f ? dy : V::zero();
        V::store((tap >> 2) == kd ? positive : V::zero(), gradient);
        const Int where = ((tap & 1) << 1) | ((tap >> 1) & 1);
        std::memcpy(to, &where, sizeof(where));
      }
    }

    void read_outputs(std::int64_t d, std::int64_t h, std::int64_t channel) const {
      const T* dy = static_cast<const T*>(job_.dy) +
                    ((clip_ * conv_.out.d + d) * conv_.out.h + h) * conv_.out.w * conv_.out_channels +
                    channel;
      for (std::int64_t i = 0; i < layout_.units; ++i, dy += conv_.out_channels) {
        V::store(load(dy, conv_.out_channels - channel), gradient_ + i * kWidth);
      }
    }

    [[gnu::always_inline]] static Float load(const T* from, std::int64_t count) {
      return count >= kWidth ? V::load(from) : V::load_part(from, count);
    }

    // sums [tap]; pairs: of the first tap's line.
    template <bool Pooled>
    void add_taps(const float* pairs, float* sums) const {
      const float *gradient = gradient_, *const end = gradient + layout_.row_floats;
      const std::int32_t* where = where_;
      const std::int64_t line = layout_.line_floats;
      Float taps[kTaps];
#pragma GCC unroll 9
      for (int i = 0; i < kTaps; ++i) taps[i] = V::zero();
      for (; gradient != end; gradient += kWidth, pairs += Pooled ? 4 : 2) {
        const Float dy = V::load(gradient);
        const float* const lines[3] = {pairs, pairs + line, pairs + 2 * line};
        if constexpr (Pooled) {
          Int index;
          std::memcpy(&index, where, sizeof(index));
          where += kWidth;
#pragma GCC unroll 9
          for (std::int64_t i = 0; i < kTaps; ++i) {
            const Float x = V::lookup(lines[i / 3] + i % 3 * 2, index);
            taps[i] = V::multiply_add(kType, x, dy, taps[i]);
          }
        } else {
#pragma GCC unroll 9
          for (std::int64_t i = 0; i < kTaps; ++i) {
            taps[i] = V::multiply_add_number(kType, lines[i / 3] + i % 3 * 2, dy, taps[i]);
          }
        }
      }
#pragma GCC unroll 9
      for (int i = 0; i < kTaps; ++i) V::store(V::load(sums + i * kWidth) + taps[i], sums + i * kWidth);
    }

    static constexpr const float* kType = nullptr;

    const FilterGradientJob& job_;
    const ConvolutionJob& conv_;
    const Layout& layout_;
    float *pairs_, *gradient_;  // [slot of a plane][line][channel][position of both]; a line's [unit][vector]
    std::int32_t* where_;       // [unit][vector]
    std::int64_t clip_ = 0, first_line_ = 0;
    const char* input_ = nullptr;  // what is fetched for the next unit
    std::int64_t input_bytes_ = 0, next_ = 0, next_units_ = 0;
  };
};

}  // namespace c3d::cpu
