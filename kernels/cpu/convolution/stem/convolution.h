// The convolution of a small-channel input (the clip's colours) by Winograd's tiles of four outputs along
// width alone, for layers of few output channels: half of the multiplications, and transforms that cost next
// to nothing. A line of the input is transformed once, by vectors of some tiles' channels, and serves all
// lines of outputs that see it, of all output channels. Sums are vectors of output channels, as many tiles of
// one point as there are registers; they go to the first cache, from which bias, ReLU and pooling make the
// output.
//
// The work is cut into strips: some lines of outputs of each plane of a clip, plane after plane. A strip's
// transformed lines stay in the second cache for as long as planes see them.
#pragma once

#include <omp.h>

#include <cstring>

#include "kernels/cpu/convolution/stem/line_tiles.h"
#include "kernels/cpu/convolution/winograd/axis.h"
#include "kernels/cpu/convolution/winograd/window_pool.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// T: of activations and filters.
template <typename V, typename T>
class StemConvolution {
  static constexpr std::int64_t kWidth = V::kWidth;
  static constexpr int kTile = Axis<4>::kOutputs, kPoints = Axis<4>::kPoints;
  static constexpr int kLines = 9;                             // of the input, which a line of outputs sees
  static constexpr std::int64_t kChannels = kMaxStemChannels;  // of a tile's transformed input, in memory
  using Float = typename V::Float;

 public:
  static bool can_pool(const Extent3& window) {
    return window.h == 2 && window.w == 2 && (window.d == 1 || window.d == 2);
  }

  static std::int64_t filter_bytes(const FilterJob& job) {
    return round_up(job.out_channels(), kWidth) * kPoints * kLines * job.in_channels() * 4;
  }
  // [block][point][tap of d and h][channel][vectors of the block]; a block is two vectors of output channels,
  // the last one may be one. Missing channels are zero.
  static void pack(int /*threads*/, const FilterJob& job, std::byte* packed) {
    const std::int64_t all = round_up(job.out_channels(), kWidth), channels = job.in_channels();
    for (std::int64_t out = 0; out < all; ++out) {
      const std::int64_t first = out / (2 * kWidth) * 2 * kWidth;
      const std::int64_t lanes = std::min(2 * kWidth, all - first);
      float* const to = reinterpret_cast<float*>(packed) + first * kPoints * kLines * channels + out - first;
      const T* from = static_cast<const T*>(job.filter) + out * 27 * job.channels;
      for (std::int64_t i = 0; i < kLines * channels; ++i) {
        float taps[3] = {}, points[kPoints];
        for (int tap = 0; tap < 3 && out < job.out_channels(); ++tap) {
          taps[tap] = to_float(from[(i / channels * 3 + tap) * job.channels + i % channels]);
        }
        Axis<kTile>::filter(taps, points);
        for (std::int64_t point = 0; point < kPoints; ++point)
          to[(point * kLines * channels + i) * lanes] = points[point];
      }
    }
  }

  static std::int64_t scratch_bytes(int threads, const ConvolutionJob& job, const Blocking& /*blocking*/) {
    return Layout(threads, job).thread_floats * 4 * threads;
  }

  static void run(int threads, const ConvolutionJob& job, const Blocking& /*blocking*/, std::byte* scratch) {
    const Layout layout(threads, job);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num();
      typename WorkShares<V>::StealingRange work(shares, thread, omp_get_num_threads());
      Strip strip(job, layout, reinterpret_cast<float*>(scratch) + layout.thread_floats * thread);
      work.run(job.clips * layout.strips, [&](std::int64_t item) {
        strip.run(item / layout.strips, item % layout.strips * layout.strip_units);
      });
    }
  }

 private:
  static constexpr std::int64_t kAhead = 24;       // positions from what is read to what is fetched
  static constexpr std::int64_t kStripLines = 28;  // whose transformed inputs take some hundred KB

  // A unit is a line of what is written: of windows where the output is pooled.
  struct Layout {
    std::int64_t depth = 1, height = 1;  // of a unit's window
    std::int64_t planes, lines;          // of units, in a clip
    std::int64_t tiles, point_floats;    // of a line: tiles, and floats of a point, which fill vectors
    std::int64_t phase;                  // floats of every fourth position of a line, and zeros
    std::int64_t strip_units, strips, strip_lines;
    std::int64_t line_floats, inputs_floats, sums_floats, thread_floats;

    Layout(int threads, const ConvolutionJob& job) {
      const bool pools = can_pool(job.window);
      if (pools) depth = job.window.d, height = 2;
      planes = job.out.d / depth;
      lines = job.out.h / height;
      tiles = ceil_div(pools ? job.out.w / 2 * 2 : job.out.w, kTile);
      point_floats = round_up(tiles * kChannels, kWidth);
      phase = point_floats + kWidth;
      // Some strips for each thread, but where lines are too few for their neighbours to be shared.
      const std::int64_t wanted = ceil_div(std::int64_t{4} * threads, std::max<std::int64_t>(job.clips, 1));
      strip_units =
          std::clamp<std::int64_t>(lines / wanted, std::min<std::int64_t>(lines, 2), kStripLines / height);
      strips = strip_units == 0 ? 0 : ceil_div(lines, strip_units);
      strip_lines = strip_units * height + 2;
      line_floats = kPoints * point_floats;
      inputs_floats = (depth + 2) * strip_lines * line_floats;
      sums_floats = depth * height * kPoints * 2 * V::kRows * kWidth;
      thread_floats = round_up(inputs_floats + sums_floats + kTile * phase, 16);
    }
  };

  struct Range {
    std::int64_t first, last;
    std::int64_t count() const { return last - first; }
  };

  // One thread's memory, and its work.
  class Strip {
   public:
    Strip(const ConvolutionJob& job, const Layout& layout, float* memory)
        : job_(job),
          layout_(layout),
          inputs_(memory),
          sums_(memory + layout.inputs_floats),
          phases_(sums_ + layout.sums_floats) {
      // What lies beside a line is zero, and stays so.
      for (std::int64_t i = 0; i < kTile * layout.phase; ++i) phases_[i] = 0;
    }

    // From unit `first` of each plane on.
    void run(std::int64_t clip, std::int64_t first) {
      clip_ = clip;
      first_line_ = first * layout_.height;
      const std::int64_t units = std::min(layout_.strip_units, layout_.lines - first);
      std::int64_t plane = -job_.pad.d;  // of the input: the next to be transformed
      for (std::int64_t d = 0; d < layout_.planes; ++d) {
        const std::int64_t seen = (d + 1) * layout_.depth + 2 - job_.pad.d;
        for (; plane < seen; ++plane) transform_plane(plane, units * layout_.height + 2);
        for (std::int64_t unit = first; unit < first + units; ++unit) {
          look_ahead(d, unit, unit + 1 == first + units);
          make_unit(d, unit);
        }
      }
    }

   private:
    float* line_of(std::int64_t plane, std::int64_t line) const {
      const std::int64_t slot = (plane + job_.pad.d) % (layout_.depth + 2);
      return inputs_ + (slot * layout_.strip_lines + line + job_.pad.h - first_line_) * layout_.line_floats;
    }

    void transform_plane(std::int64_t plane, std::int64_t lines) {
      if (plane < 0 || plane >= job_.in.d) return;
      const std::int64_t first = first_line_ - job_.pad.h;
      for (std::int64_t h = std::max<std::int64_t>(first, 0); h < std::min(first + lines, job_.in.h); ++h) {
        transform_line(plane, h, line_of(plane, h));
      }
    }

    // to: [point][tile][channel]. All of a point's tiles and channels are one row of vectors.
    void transform_line(std::int64_t plane, std::int64_t h, float* to) {
      const T* x = static_cast<const T*>(job_.x) +
                   ((clip_ * job_.in.d + plane) * job_.in.h + h) * job_.in.w * job_.in_channels;
      if (job_.in_channels >= kChannels) {
        split<kChannels>(x);
      } else {
        split<0>(x);
      }
      const std::int64_t stride = layout_.phase, point = layout_.point_floats;
      for (std::int64_t at = 0; at < point; at += kWidth) {
        Float d[kPoints], points[kPoints];
#pragma GCC unroll 6
        for (int i = 0; i < kPoints; ++i) {
          d[i] = V::load(phases_ + i % kTile * stride + at + i / kTile * kChannels);
        }
        Axis<kTile>::input(d, points);
#pragma GCC unroll 6
        for (int i = 0; i < kPoints; ++i) V::store(points[i], to + i * point + at);
      }
    }

    // A line, whose padded position i is the tile i / 4's number i % 4, to [number][tile][channel].
    // Channels: as many are copied, 0 for the valid ones. Others than these are not multiplied.
    template <std::int64_t Channels>
    void split(const T* x) {
      const std::int64_t channels = Channels == 0 ? job_.valid_channels : Channels;
      const std::int64_t pad = job_.pad.w, stride = layout_.phase, step = job_.in_channels;
      const std::int64_t last = std::min(pad + job_.in.w, layout_.tiles * kTile + 2);
      float* to = phases_;
      for (std::int64_t i = 0; i < last; i += kTile, to += kChannels) {
#pragma GCC unroll 4
        for (int number = 0; number < kTile; ++number) {
          if (i + number < pad || i + number >= last) continue;
          const T* from = x + (i + number - pad) * step;
          V::prefetch(from + kAhead * step);
          float values[kChannels] = {};
          for (std::int64_t c = 0; c < channels; ++c) values[c] = to_float(from[c]);
          std::memcpy(to + number * stride, values, sizeof(values));
        }
      }
    }

    // What is fetched while this unit is made: the input's lines for the next planes, and where it writes.
    void look_ahead(std::int64_t d, std::int64_t unit, bool last) {
      const std::int64_t plane = (d + 1) * layout_.depth + 2 - job_.pad.d;
      const std::int64_t line = job_.in.w * job_.in_channels * std::int64_t{sizeof(T)};
      const std::int64_t first = std::clamp<std::int64_t>(unit * layout_.height - job_.pad.h, 0, job_.in.h);
      const std::int64_t end =
          std::clamp<std::int64_t>((unit + 1) * layout_.height - job_.pad.h + (last ? 2 : 0), 0, job_.in.h);
      const bool inside = plane >= 0 && plane < job_.in.d;
      ahead_ = static_cast<const char*>(job_.x) + ((clip_ * job_.in.d + plane) * job_.in.h + first) * line;
      ahead_bytes_ = inside ? (end - first) * line : 0;
      const std::int64_t unit_outputs = job_.out.w / layout_.height * job_.out_channels;
      const std::int64_t at = ((clip_ * layout_.planes + d) * layout_.lines + unit) * unit_outputs;
      y_ = static_cast<T*>(job_.y) + at;
      argmax_ = job_.argmax == nullptr ? nullptr : job_.argmax + at;
      unit_outputs_ = unit_outputs;
    }

    // The i-th of n parts.
    void fetch(std::int64_t i, std::int64_t n) const {
      fetch_part<V>(ahead_, ahead_bytes_, i, n);
      fetch_part_to_write<V>(y_, unit_outputs_ * std::int64_t{sizeof(T)}, i, n);
      if (argmax_ != nullptr) fetch_part_to_write<V>(argmax_, unit_outputs_, i, n);
    }

    void make_unit(std::int64_t d, std::int64_t unit) {
      for (std::int64_t channel = 0; channel < job_.out_channels; channel += 2 * kWidth) {
        if (job_.out_channels - channel > kWidth) {
          make_channels<2>(d, unit, channel);
        } else {
          make_channels<1>(d, unit, channel);
        }
      }
    }

    template <int Columns>
    void make_channels(std::int64_t d, std::int64_t unit, std::int64_t channel) {
      const std::int64_t calls = ceil_div(layout_.tiles, kBlockRows<V, Columns>);
      const std::int64_t lines = layout_.depth * layout_.height;
      for (std::int64_t call = 0; call < calls; ++call) {
        const Range tiles{layout_.tiles * call / calls, layout_.tiles * (call + 1) / calls};
        for (std::int64_t i = 0; i < lines; ++i) {
          if (channel == 0) fetch(call * lines + i, calls * lines);
          multiply<Columns>(d * layout_.depth + i / layout_.height,
                            unit * layout_.height + i % layout_.height, channel, tiles,
                            sums_ + i * kPoints * tiles.count() * Columns * kWidth);
        }
        for (int column = 0; column < Columns; ++column) {
          write(d, unit, channel + column * kWidth, tiles, sums_ + column * kWidth, Columns * kWidth);
        }
      }
    }

    // One line of the convolution. sums: [point][tile][Columns vectors]
    template <int Columns>
    void multiply(std::int64_t d, std::int64_t h, std::int64_t channel, const Range& tiles,
                  float* sums) const {
      const std::int64_t taps = job_.valid_channels * Columns * kWidth;  // floats of a line's filters
      const float* filters =
          static_cast<const float*>(job_.filters) + channel * kPoints * kLines * job_.valid_channels;
      StemLine lines[kLines];
      std::int64_t count = 0;
      for (std::int64_t tap = 0; tap < kLines; ++tap) {
        const std::int64_t plane = d + tap / 3 - job_.pad.d, line = h + tap % 3 - job_.pad.h;
        if (plane < 0 || plane >= job_.in.d || line < 0 || line >= job_.in.h) continue;
        lines[count++] = {line_of(plane, line) + tiles.first * kChannels, filters + tap * taps};
      }
      for (std::int64_t point = 0; point < kPoints; ++point) {
        multiply_lines_of<V, Columns>(tiles.count())(lines, count, job_.valid_channels,
                                                     point * layout_.point_floats, point * kLines * taps,
                                                     sums + point * tiles.count() * Columns * kWidth);
      }
    }

    // Of one vector of channels; stride: from tile to tile.
    void write(std::int64_t d, std::int64_t unit, std::int64_t channel, const Range& tiles, const float* sums,
               std::int64_t stride) const {
      if (layout_.height == 1) return write_line(d, unit, channel, tiles, sums, stride);
      if (layout_.depth == 1) return pool<1>(d, unit, channel, tiles, sums, stride);
      pool<2>(d, unit, channel, tiles, sums, stride);
    }

    // The four outputs of the tile whose sums begin here, of a line of `tiles`.
    [[gnu::always_inline]] static void transform(const float* sums, std::int64_t tiles, std::int64_t stride,
                                                 Float (&outputs)[kTile]) {
      Float points[kPoints];
#pragma GCC unroll 6
      for (int i = 0; i < kPoints; ++i) points[i] = V::load(sums + i * tiles * stride);
      Axis<kTile>::output(points, outputs);
    }

    Float bias(std::int64_t channel, std::int64_t channels) const {
      return job_.bias == nullptr ? V::zero()
                                  : V::load_part(static_cast<const T*>(job_.bias) + channel, channels);
    }

    void write_line(std::int64_t d, std::int64_t h, std::int64_t channel, const Range& tiles,
                    const float* sums, std::int64_t stride) const {
      const std::int64_t channels = std::min(kWidth, job_.out_channels - channel);
      const Float add = bias(channel, channels);
      T* y = static_cast<T*>(job_.y) +
             ((clip_ * job_.out.d + d) * job_.out.h + h) * job_.out.w * job_.out_channels + channel;
      for (std::int64_t tile = tiles.first; tile < tiles.last; ++tile, sums += stride) {
        Float outputs[kTile];
        transform(sums, tiles.count(), stride, outputs);
#pragma GCC unroll 4
        for (int i = 0; i < kTile; ++i) {
          if (tile * kTile + i >= job_.out.w) break;
          const Float value = outputs[i] + add;
          store_channels<V>(job_.relu ? V::positive_part(value) : value,
                            y + (tile * kTile + i) * job_.out_channels, channels);
        }
      }
    }

    template <int Depth>
    void pool(std::int64_t d, std::int64_t unit, std::int64_t channel, const Range& tiles, const float* sums,
              std::int64_t stride) const {
      if (job_.argmax != nullptr) {
        pool_line<Depth, true>(d, unit, channel, tiles, sums, stride);
      } else {
        pool_line<Depth, false>(d, unit, channel, tiles, sums, stride);
      }
    }

    template <int Depth, bool Argmax>
    void pool_line(std::int64_t d, std::int64_t unit, std::int64_t channel, const Range& tiles,
                   const float* sums, std::int64_t stride) const {
      const std::int64_t channels = std::min(kWidth, job_.out_channels - channel), windows = job_.out.w / 2;
      const Float add = bias(channel, channels);
      const std::int64_t first =
          ((clip_ * layout_.planes + d) * layout_.lines + unit) * windows * job_.out_channels + channel;
      const std::int64_t line = kPoints * tiles.count() * stride;
      for (std::int64_t tile = tiles.first; tile < tiles.last; ++tile, sums += stride) {
        WindowPool<V, 2, kTile, Argmax> pooled;
#pragma GCC unroll 2
        for (int kd = 0; kd < Depth; ++kd) {
          Float plane[2][kTile];
          transform(sums + std::int64_t{2} * kd * line, tiles.count(), stride, plane[0]);
          transform(sums + (std::int64_t{2} * kd + 1) * line, tiles.count(), stride, plane[1]);
          pooled.take(plane, kd, add);
        }
#pragma GCC unroll 2
        for (int i = 0; i < kTile / 2; ++i) {
          const std::int64_t window = tile * (kTile / 2) + i;
          if (window >= windows) break;
          const std::int64_t at = first + window * job_.out_channels;
          pooled.store(0, i, add, static_cast<T*>(job_.y) + at, Argmax ? job_.argmax + at : nullptr,
                       channels);
        }
      }
    }

    const ConvolutionJob& job_;
    const Layout& layout_;
    float *inputs_, *sums_, *phases_;  // transformed lines [slot of a plane][line]; sums; a line's values
    std::int64_t clip_ = 0, first_line_ = 0;
    const char* ahead_ = nullptr;  // what is fetched for this unit
    T* y_ = nullptr;
    std::uint8_t* argmax_ = nullptr;
    std::int64_t ahead_bytes_ = 0, unit_outputs_ = 0;
  };
};

}  // namespace c3d::cpu
