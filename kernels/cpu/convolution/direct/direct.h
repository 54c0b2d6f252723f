// Direct convolution in the terms of kernels/cpu/convolution/tiled: a tile is one output, which has one
// point, and every tap of an input channel is a row of the products. Nothing is transformed.
#pragma once

#include "kernels/cpu/convolution/tiled/panels.h"

namespace c3d::cpu {

// T: of the filters, E: of the products. `packed` is [blocks], each a filter_panel() of [VNNI pairs][2
// vectors].
template <typename V, typename T, typename E>
class DirectFilterPacker {
  static constexpr std::int64_t kWidth = V::kWidth, kOut = 2 * kWidth, kStep = kPerPair<E>;

 public:
  static void run(int threads, const FilterJob& job, E* packed) {
    const std::int64_t taps = job.kernel.volume();
    const RowLayout layout = row_layout(job.in_channels(), taps, false, kStep, kWidth * kStep);
    const std::int64_t rows = layout.rows(), blocks = ceil_div(job.out_channels(), kOut);
    const T* filter = static_cast<const T*>(job.filter);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (std::int64_t block = 0; block < blocks; ++block) {
      E* to = packed + block * filter_panel<V, E>(ceil_div(rows, kStep));
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t tap = layout.taps > 1 ? row / layout.per_tap : 0, in = row - tap * layout.per_tap;
        for (std::int64_t lane = 0; lane < kOut; ++lane) {
          const std::int64_t out = block * kOut + lane;
          const bool exists = in < layout.channels && out < job.out_channels();
          const std::int64_t k = job.flipped ? in : out, c = job.flipped ? out : in;
          to[((row / kStep) * kOut + lane) * kStep + row % kStep] =
              exists ? element<E>(filter[(k * taps + tap) * job.channels + c]) : E{};
        }
      }
    }
  }
};

// Each output's own inputs, tap after tap.
template <typename V, typename T, typename E>
class DirectInput {
 public:
  static constexpr int kPoints = 1;
  static RowLayout rows(const ConvolutionJob& job, std::int64_t line) {
    return row_layout(job.valid_channels, job.kernel.volume(), false, kPerPair<E>, line);
  }
  static TileGrid grid(const ConvolutionJob& job) { return {job.out, {1, 1, 1}}; }
  static std::int64_t private_floats(const ConvolutionJob& /*job*/) { return 0; }

  static void run(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t at,
                  const Panels<E>& to, float* /*private_floats*/) {
    const TileGrid outputs = grid(job);
    const std::int64_t per_tap = rows(job, to.line).per_tap;
    for (std::int64_t output = first; output < last; ++output, ++at) {
      const TileGrid::Place place = outputs[output];
      std::int64_t tap = 0;
      for (std::int64_t kd = 0; kd < job.kernel.d; ++kd) {
        const std::int64_t d = source(place.d, kd, job.stride.d, job.pad.d, job.in.d, job.transposed);
        for (std::int64_t kh = 0; kh < job.kernel.h; ++kh) {
          const std::int64_t h = source(place.h, kh, job.stride.h, job.pad.h, job.in.h, job.transposed);
          for (std::int64_t kw = 0; kw < job.kernel.w; ++kw, ++tap) {
            const std::int64_t w = source(place.w, kw, job.stride.w, job.pad.w, job.in.w, job.transposed);
            const bool inside = d >= 0 && h >= 0 && w >= 0;
            const T* x = static_cast<const T*>(job.x);
            copy(inside ? x + (((place.clip * job.in.d + d) * job.in.h + h) * job.in.w + w) * job.in_channels
                        : nullptr,
                 job.valid_channels, per_tap,
                 to.data + at * to.line + tap * per_tap / to.line * to.channel_block_stride, to);
          }
        }
      }
    }
  }

 private:
  // Which input an output takes a tap from, -1: none.
  static std::int64_t source(std::int64_t output, std::int64_t tap, std::int64_t stride, std::int64_t pad,
                             std::int64_t extent, bool transposed) {
    std::int64_t input = output * stride - pad + tap;
    if (transposed) {
      const std::int64_t strided = output + pad - tap;
      if (strided < 0 || strided % stride != 0) return -1;
      input = strided / stride;
    }
    return input < extent ? std::max<std::int64_t>(input, -1) : -1;
  }

  static void copy(const T* from, std::int64_t channels, std::int64_t padded, E* to,
                   const Panels<E>& panels) {
    for (std::int64_t c = 0; c < padded; c += panels.line, to += panels.channel_block_stride) {
      const std::int64_t count = from == nullptr ? 0 : std::min(panels.line, channels - c);
      for (std::int64_t i = 0; i < panels.line; ++i) to[i] = i < count ? element<E>(from[c + i]) : E{};
    }
  }
};

// The products are the output's own.
template <typename V, typename T>
class DirectOutput {
 public:
  static bool can_pool(const Extent3& /*window*/) { return false; }
  static void run(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t block,
                  const Accumulators& accumulators) {
    const T* bias = static_cast<const T*>(job.bias);
    for (int half = 0; half < 2; ++half) {
      const std::int64_t channel = (2 * block + half) * V::kWidth;
      const std::int64_t channels = std::min<std::int64_t>(V::kWidth, job.out_channels - channel);
      if (channels <= 0) break;
      const auto add = bias == nullptr ? V::zero() : V::load_part(bias + channel, channels);
      T* y = static_cast<T*>(job.y) + first * job.out_channels + channel;
      const float* from = accumulators.data + half * V::kWidth;
      for (std::int64_t i = first; i < last; ++i, y += job.out_channels, from += 2 * V::kWidth) {
        auto value = V::load(from) + add;
        if (job.relu) value = V::positive_part(value);
        if (channels == V::kWidth) {
          V::store(value, y);
        } else {
          V::store_part(value, y, channels);
        }
      }
    }
  }
};

// The output's gradient as it is.
template <typename V, typename T>
class DirectGradient {
 public:
  static void run(const FilterGradientJob& job, std::int64_t first, std::int64_t last, std::int64_t at,
                  const Panels<float>& to) {
    const std::int64_t channels = job.forward.out_channels;
    for (std::int64_t i = first; i < last; ++i, ++at) {
      for (std::int64_t c = 0; c < channels; c += V::kWidth) {
        const T* from = static_cast<const T*>(job.dy) + i * channels + c;
        const auto value = c + V::kWidth <= channels ? V::load(from) : V::load_part(from, channels - c);
        V::store(value, to.data + at * to.line + c / to.line * to.channel_block_stride + c % to.line);
      }
    }
  }
};

template <typename V>
class DirectFilterGradient {
 public:
  static constexpr int kPlane = 1, kDepth = 1, kFolded = 1;

  template <std::int64_t kItem>
  static void fold(const float* accumulators, float* folded, std::int64_t step) {
    for (std::int64_t i = 0; i < kItem; i += step) V::store(V::load(accumulators + i), folded + i);
  }
  static void write(const ConvolutionJob& job, const float* folded, std::int64_t /*stride*/,
                    std::int64_t column, std::int64_t per_tap, float* to) {
    const std::int64_t taps = job.kernel.volume();
    const std::int64_t tap = taps > 1 ? column / per_tap : 0, channel = column - tap * per_tap;
    const std::int64_t lanes = std::min<std::int64_t>(V::kWidth, job.valid_channels - channel);
    if (tap >= taps || lanes <= 0) return;
    float* at = to + tap * job.in_channels + channel;
    if (lanes == V::kWidth) {
      V::store(V::load(folded), at);
    } else {
      V::store_part(V::load(folded), at, lanes);
    }
  }
};

}  // namespace c3d::cpu
