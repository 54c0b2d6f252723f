// The functions of elementwise/kernels.h as one source, which a file of each instruction set compiles for
// itself. The compiler finds the vectors: V, the set's vector type, only tells the functions' names apart
// (kernels/cpu/isa/vector.h says why).
#pragma once

#include <type_traits>

#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/kernels.h"

namespace c3d::cpu {

template <typename V>
struct ConversionLoops {
  static void round(const float* values, BFloat16* rounded, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) rounded[i] = to_bfloat16(values[i]);
  }
  static void widen(const BFloat16* bf16, float* values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) values[i] = to_float(bf16[i]);
  }
  static void widen_bytes(const std::uint8_t* bytes, float* values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(bytes[i]);
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
  static void sgd_pytorch(const SgdNumbers& with, float* w, const float* g, float* v, std::int64_t count) {
    const auto [momentum, decay, rate, scale] = with;
    for (std::int64_t i = 0; i < count; ++i) {
      v[i] = momentum * v[i] + scale * g[i] + decay * w[i];
      w[i] -= rate * v[i];
    }
  }
  static void sgd_caffe(const SgdNumbers& with, float* w, const float* g, float* v, std::int64_t count) {
    const auto [momentum, decay, rate, scale] = with;
    for (std::int64_t i = 0; i < count; ++i) {
      v[i] = momentum * v[i] + rate * (scale * g[i] + decay * w[i]);
      w[i] -= v[i];
    }
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

// Max-pooling with channels last: a window's taps are rows of C values, compared 64 channels at a time in
// registers. Any window takes the same path: its arithmetic hides behind its memory.
template <typename V, typename T>
class PoolLoops {
 public:
  static void pool_window(const PoolWindow& window, float lowest, const T* x, std::int64_t channels, T* y,
                          std::uint8_t* argmax) {
    std::int64_t c = 0;
    for (; c + 64 <= channels; c += 64) pool_lanes<64>(window, lowest, x, c, y, argmax);
    for (; c + 8 <= channels; c += 8) pool_lanes<8>(window, lowest, x, c, y, argmax);
    for (; c < channels; ++c) pool_lanes<1>(window, lowest, x, c, y, argmax);
  }

  static void unpool_window(const PoolWindow& window, const std::uint8_t* argmax, const T* y, const T* dy,
                            std::int64_t channels, T* dx) {
    std::int64_t c = 0;
    for (; c + 64 <= channels; c += 64) unpool_lanes<64>(window, argmax, y, dy, c, dx);
    for (; c + 8 <= channels; c += 8) unpool_lanes<8>(window, argmax, y, dy, c, dx);
    for (; c < channels; ++c) unpool_lanes<1>(window, argmax, y, dy, c, dx);
  }

 private:
  // NaN wins, as in PyTorch.
  [[gnu::always_inline]] static bool wins(float value, float best) {
    return (value > best) | (value != value);
  }

  // `lanes` channels from c on. Known when compiled, they stay in registers or the first cache.
  template <std::int64_t lanes>
  [[gnu::always_inline]] static void pool_lanes(const PoolWindow& window, float lowest, const T* x,
                                                std::int64_t c, T* y, std::uint8_t* argmax) {
    const std::int64_t* const offset = window.offset.data();
    const std::int32_t* const positions = window.position.data();
    float best[lanes];
    std::int32_t from[lanes];
    for (std::int64_t i = 0; i < lanes; ++i) best[i] = lowest;
    for (std::int64_t i = 0; i < lanes; ++i) from[i] = positions[0];
    for (int tap = 0; tap < window.taps; ++tap) {
      const T* values = x + offset[tap] + c;
      const std::int32_t position = positions[tap];
      // Two loops: of one, GCC 12 unrolls and jams the loop over taps instead of using vectors (four times
      // slower).
      for (std::int64_t i = 0; i < lanes; ++i)
        from[i] = wins(to_float(values[i]), best[i]) ? position : from[i];
      for (std::int64_t i = 0; i < lanes; ++i) {
        best[i] = wins(to_float(values[i]), best[i]) ? to_float(values[i]) : best[i];
      }
    }
    for (std::int64_t i = 0; i < lanes; ++i) store(best[i], y[c + i]);
    if (argmax == nullptr) return;
    for (std::int64_t i = 0; i < lanes; ++i) argmax[c + i] = static_cast<std::uint8_t>(from[i]);
  }

  template <std::int64_t lanes>
  [[gnu::always_inline]] static void unpool_lanes(const PoolWindow& window, const std::uint8_t* argmax,
                                                  const T* y, const T* dy, std::int64_t c, T* dx) {
    using Position =
        std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>;  // as wide as T: no conversion
    const std::int64_t* const offset = window.offset.data();
    const std::int32_t* const positions = window.position.data();
    T gradient[lanes];
    Position from[lanes];
    for (std::int64_t i = 0; i < lanes; ++i) gradient[i] = dy[c + i];
    for (std::int64_t i = 0; i < lanes; ++i) from[i] = argmax[c + i];
    if (y != nullptr) {
      for (std::int64_t i = 0; i < lanes; ++i) gradient[i] = only_if(to_float(y[c + i]) > 0.0f, gradient[i]);
    }
    for (int tap = 0; tap < window.taps; ++tap) {
      T* gradients = dx + offset[tap] + c;
      const auto position = static_cast<Position>(positions[tap]);
      for (std::int64_t i = 0; i < lanes; ++i) gradients[i] = only_if(from[i] == position, gradient[i]);
    }
  }
};

template <typename V, typename T>
constexpr ElementKernels<T> element_kernels() {
  return {.relu = ActivationLoops<V, T>::relu,
          .relu_backward = ActivationLoops<V, T>::relu_backward,
          .accumulate = ActivationLoops<V, T>::accumulate,
          .pool_window = PoolLoops<V, T>::pool_window,
          .unpool_window = PoolLoops<V, T>::unpool_window};
}

template <typename V>
constexpr ElementwiseKernels elementwise_kernels() {
  return {.f32 = element_kernels<V, float>(),
          .bf16 = element_kernels<V, BFloat16>(),
          .round = ConversionLoops<V>::round,
          .widen = ConversionLoops<V>::widen,
          .widen_bytes = ConversionLoops<V>::widen_bytes,
          .sgd_pytorch = OptimizerLoops<V>::sgd_pytorch,
          .sgd_caffe = OptimizerLoops<V>::sgd_caffe,
          .sum_of_squares = OptimizerLoops<V>::sum_of_squares};
}

}  // namespace c3d::cpu
