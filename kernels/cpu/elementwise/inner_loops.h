// The functions of elementwise/kernels.h as one source, which a file of each instruction set compiles for
// itself. V, the set's vector type, tells the functions' names apart (kernels/cpu/isa/vector.h says why). The
// compiler finds the vectors, but for pooling, where it takes a few channels one by one.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "engine/core/geometry.h"
#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/kernels.h"
#include "kernels/cpu/isa/vector.h"

namespace c3d::cpu {

template <typename V>
struct ConversionLoops {
  static void round(const float* values, BFloat16* rounded, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) rounded[i] = to_bfloat16(values[i]);
  }
  static void widen(const BFloat16* bf16, float* values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) values[i] = to_float(bf16[i]);
  }
};

template <typename V, typename T>
struct ActivationLoops {
  static void relu(const T* x, T* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = only_if(!(to_float(x[i]) < 0.0f), x[i]);
  }
  static void relu_backward(const T* y, T* dy, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) dy[i] = only_if(to_float(y[i]) > 0.0f, dy[i]);
  }
  static void accumulate(const T* x, T* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) store(to_float(y[i]) + to_float(x[i]), y[i]);
  }
};

template <typename V>
class OptimizerLoops {
  static constexpr std::int64_t kLanes = 8;  // of doubles
  static constexpr std::int64_t kPlaces = 4;

 public:
  static void sgd(const OptimizerNumbers& with, float* w, const float* g, float* v, float* /*s*/,
                  std::int64_t count) {
    const float momentum = with.momentum, decay = with.weight_decay, rate = with.learning_rate,
                scale = with.gradient_scale;
    for (std::int64_t i = 0; i < count; ++i) {
      v[i] = momentum * v[i] + scale * g[i] + decay * w[i];
      w[i] -= rate * v[i];
    }
  }
  static void nesterov(const OptimizerNumbers& with, float* w, const float* g, float* v, float* /*s*/,
                       std::int64_t count) {
    const float momentum = with.momentum, decay = with.weight_decay, rate = with.learning_rate,
                scale = with.gradient_scale;
    for (std::int64_t i = 0; i < count; ++i) {
      const float total = scale * g[i] + decay * w[i];
      v[i] = momentum * v[i] + total;
      w[i] -= rate * (total + momentum * v[i]);
    }
  }
  static void caffe(const OptimizerNumbers& with, float* w, const float* g, float* v, float* /*s*/,
                    std::int64_t count) {
    const float momentum = with.momentum, decay = with.weight_decay, rate = with.learning_rate,
                scale = with.gradient_scale;
    for (std::int64_t i = 0; i < count; ++i) {
      v[i] = momentum * v[i] + rate * (scale * g[i] + decay * w[i]);
      w[i] -= v[i];
    }
  }
  static void adamw(const OptimizerNumbers& with, float* w, const float* g, float* v, float* s,
                    std::int64_t count) {
    const OptimizerNumbers n = with;
    const float new_share = 1 - n.momentum, new_square_share = 1 - n.beta2;
    for (std::int64_t i = 0; i < count; ++i) {
      const float gradient = n.gradient_scale * g[i];
      v[i] = n.momentum * v[i] + new_share * gradient;
      s[i] = n.beta2 * s[i] + new_square_share * gradient * gradient;
      const float size = __builtin_sqrtf(s[i] * n.second_moment_scale) + n.epsilon;
      w[i] -= n.learning_rate * (n.weight_decay * w[i] + n.velocity_scale * v[i] / size);
    }
  }
  static void average(float share, const float* w, float* a, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) a[i] += share * (w[i] - a[i]);
  }

  // In lanes, so that the loop vectorizes without reordering a sum; from several places at once, which memory
  // answers twice as fast as one.
  static double sum_of_squares(const float* values, std::int64_t count) {
    double sums[kPlaces][kLanes] = {};
    const std::int64_t part = count / kPlaces / kLanes * kLanes;
    for (std::int64_t i = 0; i < part; i += kLanes) {
      for (std::int64_t place = 0; place < kPlaces; ++place) {
        const float* from = values + place * part + i;
        for (std::int64_t lane = 0; lane < kLanes; ++lane) {
          const double value = from[lane];
          sums[place][lane] += value * value;
        }
      }
    }
    double total = 0;
    for (const auto& lanes : sums) {
      for (const double sum : lanes) total += sum;
    }
    for (std::int64_t i = kPlaces * part; i < count; ++i) {
      total += static_cast<double>(values[i]) * values[i];
    }
    return total;
  }
};

// Max-pooling with channels last: a window's taps are rows of C values, compared a vector of channels at a
// time. Any window takes the same path: its arithmetic hides behind its memory.
template <typename V, typename T>
class PoolLoops {
  using Float = typename V::Float;
  static constexpr std::int64_t kWidth = V::kWidth;

 public:
  static void pool_windows(const PoolWindows& windows, float lowest, const T* x, std::int64_t channels, T* y,
                           std::uint8_t* argmax) {
    for (std::int64_t i = 0; i < windows.count; ++i, x += windows.step, y += channels) {
      std::int64_t c = 0;
      for (; c + kWidth <= channels; c += kWidth) pool_vector(windows, lowest, x + c, y + c, argmax, c);
      for (; c < channels; ++c) pool_channel(windows, lowest, x + c, y[c], argmax, c);
      if (argmax != nullptr) argmax += channels;
    }
  }

  static void unpool_windows(const PoolWindows& windows, const std::uint8_t* argmax, const T* y, const T* dy,
                             std::int64_t channels, T* dx) {
    for (std::int64_t i = 0; i < windows.count; ++i, argmax += channels, dy += channels, dx += windows.step) {
      std::int64_t c = 0;
      for (; c + kWidth <= channels; c += kWidth) unpool_vector(windows, argmax + c, y, dy + c, c, dx + c);
      for (; c < channels; ++c) {
        const T gradient = only_if(y == nullptr || to_float(y[c]) > 0.0f, dy[c]);
        for (int tap = 0; tap < windows.taps; ++tap) {
          const auto at = static_cast<std::size_t>(tap);
          dx[windows.offset.data()[at] + c] = only_if(argmax[c] == windows.position.data()[at], gradient);
        }
      }
      if (y != nullptr) y += channels;
    }
  }

 private:
  // As wide as T, so that positions, values and gradients fill vectors of one size.
  using Element = typename VectorOf<std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>,
                                    kWidth* static_cast<int>(sizeof(T))>::Type;

  // NaN wins, as in PyTorch.
  static void pool_vector(const PoolWindows& windows, float lowest, const T* x, T* y, std::uint8_t* argmax,
                          std::int64_t channel) {
    const std::int64_t* const offset = windows.offset.data();
    const std::int32_t* const positions = windows.position.data();
    Float best = V::zero() + lowest;
    typename V::Int from = typename V::Int{} + positions[0];
    for (int tap = 0; tap < windows.taps; ++tap) {
      const Float value = V::load(x + offset[tap]);
      const typename V::Int wins = (value > best) | (value != value);
      from = wins ? typename V::Int{} + positions[tap] : from;
      best = wins ? value : best;
    }
    V::store(best, y);
    if (argmax == nullptr) return;
    const typename V::Byte bytes = __builtin_convertvector(from, typename V::Byte);
    std::memcpy(argmax + channel, &bytes, sizeof(bytes));
  }
  static void pool_channel(const PoolWindows& windows, float lowest, const T* x, T& y, std::uint8_t* argmax,
                           std::int64_t channel) {
    const std::int64_t* const offset = windows.offset.data();
    const std::int32_t* const positions = windows.position.data();
    float best = lowest;
    std::int32_t from = positions[0];
    for (int tap = 0; tap < windows.taps; ++tap) {
      const float value = to_float(x[offset[tap]]);
      const bool wins = (value > best) | (value != value);
      from = wins ? positions[tap] : from;
      best = wins ? value : best;
    }
    store(best, y);
    if (argmax != nullptr) argmax[channel] = static_cast<std::uint8_t>(from);
  }

  static void unpool_vector(const PoolWindows& windows, const std::uint8_t* argmax, const T* y, const T* dy,
                            std::int64_t channel, T* dx) {
    const std::int64_t* const offset = windows.offset.data();
    const std::int32_t* const positions = windows.position.data();
    Element gradient;
    typename V::Byte bytes;
    std::memcpy(&gradient, dy, sizeof(gradient));
    std::memcpy(&bytes, argmax, sizeof(bytes));
    if (y != nullptr) gradient = only_positive(y + channel, gradient);
    const Element from = __builtin_convertvector(bytes, Element);
    for (int tap = 0; tap < windows.taps; ++tap) {
      const Element won =
          from == Element{} + static_cast<std::uint16_t>(positions[tap]) ? gradient : Element{};
      std::memcpy(dx + offset[tap], &won, sizeof(won));
    }
  }
  // The gradient where y is above zero.
  static Element only_positive(const float* y, Element gradient) {
    return V::load(y) > V::zero() ? gradient : Element{};
  }
  // Of bf16 as whole numbers: from the least above zero to infinity.
  static Element only_positive(const BFloat16* y, Element gradient) {
    Element bits;
    std::memcpy(&bits, y, sizeof(bits));
    return bits - 1 < Element{} + 0x7f80 ? gradient : Element{};
  }
};

// Pixels of three bytes to pixels of kClipChannels numbers: as many at a time as a vector has room for.
template <typename V, typename T>
class NormalizationLoops {
  using Float = typename V::Float;
  using Int = typename V::Int;
  static constexpr int kWidth = V::kWidth, kChannels = kClipChannels, kOfPixel = kColours;
  static constexpr int kPixels = kWidth < kChannels ? 1 : kWidth / kChannels;
  static constexpr auto kLanes = std::make_integer_sequence<int, kWidth>();

 public:
  static void normalize_row(const PixelNumbers& with, const std::uint8_t* bytes, std::int64_t width, T* x) {
    if (with.flip) {
      with.bgr ? row<true, true>(with, bytes, width, x) : row<true, false>(with, bytes, width, x);
    } else {
      with.bgr ? row<false, true>(with, bytes, width, x) : row<false, false>(with, bytes, width, x);
    }
  }

 private:
  template <bool Flip, bool Bgr>
  static void row(const PixelNumbers& with, const std::uint8_t* bytes, std::int64_t width, T* x) {
    const Float scale = scales(with.scale);
    float one_mean[kWidth] = {};
    for (int i = 0; i < kPixels * kOfPixel; ++i) one_mean[i] = with.mean[i % kOfPixel];
    const Float mean = V::load(one_mean);
    const std::int64_t step = with.mean_of_each_pixel ? kOfPixel : 0;
    std::int64_t w = 0;
    for (; kOfPixel * w + kWidth <= kOfPixel * width; w += kPixels) {
      const Float means = step == 0 ? mean : V::load(with.mean + step * w);
      T* const to = x + (Flip ? width - kPixels - w : w) * kChannels;
      V::store(pixels<Flip, Bgr>(V::load_bytes(bytes + kOfPixel * w, kWidth), means, scale), to);
      if constexpr (kWidth < kChannels) std::memset(to + kWidth, 0, (kChannels - kWidth) * sizeof(T));
    }
    // One by one, where whole vectors would be read past the row's end.
    for (; w < width; ++w) {
      const Float means = V::load_part(with.mean + step * w, kOfPixel);
      T values[kWidth];
      V::store(pixels<false, Bgr>(V::load_bytes(bytes + kOfPixel * w, kOfPixel), means, scale), values);
      T* const to = x + (Flip ? width - 1 - w : w) * kChannels;
      std::memcpy(to, values, kOfPixel * sizeof(T));
      std::memset(to + kOfPixel, 0, (kChannels - kOfPixel) * sizeof(T));
    }
  }

  // Of colours; beside them zeros, which make zeros of the numbers there.
  static Float scales(float scale) {
    float lanes[kWidth] = {};
    for (int i = 0; i < kWidth; ++i) {
      if (i % kChannels < kOfPixel) lanes[i] = scale;
    }
    return V::load(lanes);
  }

  template <bool Flip, bool Bgr>
  [[gnu::always_inline]] static Float pixels(Int levels, Float mean, Float scale) {
    return (__builtin_convertvector(spread<Flip, Bgr>(levels, kLanes), Float) -
            spread<Flip, false>(mean, kLanes)) *
           scale;
  }
  // Pixels beside each other to pixels of kChannels, with zeros.
  template <bool Flip, bool Bgr, typename Vector, int... Lane>
  [[gnu::always_inline]] static Vector spread(Vector from, std::integer_sequence<int, Lane...> /*lanes*/) {
    return __builtin_shufflevector(from, Vector{}, source<Flip, Bgr>(Lane)...);
  }
  // The lane that a lane's number comes from.
  template <bool Flip, bool Bgr>
  static constexpr int source(int lane) {
    const int pixel = lane / kChannels, colour = lane % kChannels;
    if (colour >= kOfPixel) return kWidth;
    return (Flip ? kPixels - 1 - pixel : pixel) * kOfPixel + (Bgr ? kOfPixel - 1 - colour : colour);
  }
};

template <typename V, typename T>
constexpr ElementKernels<T> element_kernels() {
  return {.relu = ActivationLoops<V, T>::relu,
          .relu_backward = ActivationLoops<V, T>::relu_backward,
          .accumulate = ActivationLoops<V, T>::accumulate,
          .pool_windows = PoolLoops<V, T>::pool_windows,
          .unpool_windows = PoolLoops<V, T>::unpool_windows,
          .normalize_row = NormalizationLoops<V, T>::normalize_row};
}

template <typename V>
constexpr ElementwiseKernels elementwise_kernels() {
  return {.f32 = element_kernels<V, float>(),
          .bf16 = element_kernels<V, BFloat16>(),
          .round = ConversionLoops<V>::round,
          .widen = ConversionLoops<V>::widen,
          .sgd = OptimizerLoops<V>::sgd,
          .nesterov = OptimizerLoops<V>::nesterov,
          .caffe = OptimizerLoops<V>::caffe,
          .adamw = OptimizerLoops<V>::adamw,
          .average = OptimizerLoops<V>::average,
          .sum_of_squares = OptimizerLoops<V>::sum_of_squares};
}

}  // namespace c3d::cpu
