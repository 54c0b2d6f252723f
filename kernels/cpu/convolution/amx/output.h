// Sums of a block of output positions to the output: bias, ReLU, and the max-pooling that follows.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/convolution/amx/halo_layout.h"

namespace c3d::cpu {

// Whole rows of some planes of one phase of the output; with pooling, whole windows.
struct OutputBlock {
  std::int64_t item, items;  // planes, or groups of planes that a window covers, counted over the clips
  std::int64_t row, rows;
};

template <typename V>
class AccumulatorsToOutput {
  using Float = typename V::Float;
  using Int = typename V::Int;
  static constexpr std::int64_t kWidth = V::kWidth;

 public:
  struct Place {
    std::int64_t clip, items_per_clip;  // of the first work item
    Extent3 phase;                      // of the output
    std::int64_t run;                   // positions of a plane's sums
    std::int64_t outs = 2 * kWidth;     // sums of a position: of two vectors of outputs, or of one
  };

  // sums [plane][run][outs]
  static void run(const ConvolutionJob& job, const HaloLayout<V>& halo, const Place& place,
                  const OutputBlock& block, std::int64_t out_block, const float* accumulators) {
    for (std::int64_t vector = 0; vector < place.outs; vector += kWidth, accumulators += kWidth) {
      const std::int64_t channel = out_block * place.outs + vector;
      if (channel >= job.out_channels) return;
      for (std::int64_t i = 0; i < block.items; ++i) {
        const float* from = accumulators + i * job.window.d * place.run * place.outs;
        if (job.window.volume() == 1) {
          plane(job, halo, place, block, i, channel, from);
        } else if (job.argmax != nullptr) {
          pooled<true>(job, halo, place, block, i, channel, from);
        } else {
          pooled<false>(job, halo, place, block, i, channel, from);
        }
      }
    }
  }

 private:
  static std::int64_t channels(const ConvolutionJob& job, std::int64_t channel) {
    return std::min(kWidth, job.out_channels - channel);
  }
  static Float bias(const ConvolutionJob& job, std::int64_t channel) {
    const auto* values = static_cast<const BFloat16*>(job.bias);
    return values == nullptr ? V::zero() : V::load_part(values + channel, channels(job, channel));
  }
  [[gnu::always_inline]] static void store(Float value, BFloat16* to, std::int64_t count) {
    if (count == kWidth) {
      V::store(value, to);
    } else {
      V::store_part(value, to, count);
    }
  }

  static void plane(const ConvolutionJob& job, const HaloLayout<V>& halo, const Place& place,
                    const OutputBlock& block, std::int64_t i, std::int64_t channel,
                    const float* accumulators) {
    const std::int64_t item = block.item + i, count = channels(job, channel);
    const std::int64_t clip = place.clip + item / place.items_per_clip;
    const std::int64_t d = item % place.items_per_clip * halo.d.out_phases + place.phase.d;
    const Float add = bias(job, channel);
    for (std::int64_t row = 0; row < block.rows; ++row) {
      const std::int64_t h = (block.row + row) * halo.h.out_phases + place.phase.h;
      BFloat16* y =
          static_cast<BFloat16*>(job.y) +
          (((clip * job.out.d + d) * job.out.h + h) * job.out.w + place.phase.w) * job.out_channels + channel;
      const float* from = accumulators + row * halo.w.pitch * place.outs;
      for (std::int64_t w = place.phase.w; w < job.out.w; w += halo.w.out_phases, from += place.outs) {
        Float value = V::load(from) + add;
        if (job.relu) value = V::positive_part(value);
        store(value, y, count);
        y += halo.w.out_phases * job.out_channels;
      }
    }
  }

  template <bool Argmax>
  static void pooled(const ConvolutionJob& job, const HaloLayout<V>& halo, const Place& place,
                     const OutputBlock& block, std::int64_t i, std::int64_t channel,
                     const float* accumulators) {
    const std::int64_t item = block.item + i, count = channels(job, channel);
    const Extent3 out{job.out.d / job.window.d, job.out.h / 2, job.out.w / 2};
    const Float add = bias(job, channel);
    for (std::int64_t row = 0; row + 2 <= block.rows; row += 2) {
      std::int64_t at =
          (((place.clip * out.d + item) * out.h + (block.row + row) / 2) * out.w) * job.out_channels +
          channel;
      const float* from = accumulators + row * halo.w.pitch * place.outs;
      const Steps steps{place.outs, halo.w.pitch * place.outs, place.run * place.outs};
      for (std::int64_t w = 0; w < out.w; ++w, from += 2 * place.outs, at += job.out_channels) {
        window<Argmax>(job, from, steps, add, at, count);
      }
    }
  }

  struct Steps {
    std::int64_t column, row, plane;  // from a position's sums to the next one's
  };
  template <bool Argmax>
  [[gnu::always_inline]] static void window(const ConvolutionJob& job, const float* from, const Steps& steps,
                                            Float add, std::int64_t at, std::int64_t count) {
    Float best = V::load(from);
    Int where{};
    if constexpr (Argmax) best = V::positive_part(best + add);
    for (std::int64_t d = 0; d < job.window.d; ++d, from += steps.plane) {
#pragma GCC unroll 4
      for (int tap = 0; tap < 4; ++tap) {
        Float value = V::load(from + tap / 2 * steps.row + tap % 2 * steps.column);
        if constexpr (Argmax) {
          value = V::positive_part(value + add);
          const Int wins = V::wins(best, value);
          best = wins ? value : best;
          where = wins ? Int{} + static_cast<std::int32_t>(d * 4 + tap) : where;
        } else {
          best = V::larger(best, value);
        }
      }
    }
    store(Argmax ? best : V::positive_part(best + add), static_cast<BFloat16*>(job.y) + at, count);
    if constexpr (Argmax) {
      const typename V::Byte bytes = __builtin_convertvector(where, typename V::Byte);
      std::memcpy(job.argmax + at, &bytes, static_cast<std::size_t>(count));
    }
  }
};

}  // namespace c3d::cpu
