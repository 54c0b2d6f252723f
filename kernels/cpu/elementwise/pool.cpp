// Max-pooling with channels last: a window's taps are rows of C values, compared 64 channels at a time in
// registers. Any window takes the same path: what it costs in arithmetic hides behind its memory.
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

constexpr std::size_t kMaxTaps = 256;  // a position is one byte

struct Extents {
  Extent3 in, out;
  std::int64_t clips, channels;
};

// The taps of one window that lie on data.
struct Window {
  std::array<std::int64_t, kMaxTaps> offset;    // of the tap's channel 0 in x
  std::array<std::int32_t, kMaxTaps> position;  // (kd * kernel.h + kh) * kernel.w + kw
  int taps = 0;
};

// Window number `index` of all windows of the batch, in the order of the output's pixels.
void find_window(const Pool3dGeometry& pool, const Extents& size, std::int64_t index, Window& window) {
  const std::int64_t ow = index % size.out.w, oh = index / size.out.w % size.out.h;
  const std::int64_t od = index / size.out.w / size.out.h % size.out.d, n = index / size.out.volume();
  const std::int64_t first_d = od * pool.stride.d - pool.pad_before.d,
                     first_h = oh * pool.stride.h - pool.pad_before.h,
                     first_w = ow * pool.stride.w - pool.pad_before.w;
  window.taps = 0;
  std::int32_t position = 0;
  for (std::int64_t d = first_d; d < first_d + pool.kernel.d; ++d) {
    for (std::int64_t h = first_h; h < first_h + pool.kernel.h; ++h) {
      for (std::int64_t w = first_w; w < first_w + pool.kernel.w; ++w, ++position) {
        if (d < 0 || d >= size.in.d || h < 0 || h >= size.in.h || w < 0 || w >= size.in.w) continue;
        const auto tap = static_cast<std::size_t>(window.taps++);
        window.offset[tap] = (((n * size.in.d + d) * size.in.h + h) * size.in.w + w) * size.channels;
        window.position[tap] = position;
      }
    }
  }
}

// NaN wins, as in PyTorch.
[[gnu::always_inline]] inline bool wins(float value, float best) { return (value > best) | (value != value); }

// `lanes` channels from c on. Known when compiled, they stay in registers or the first cache.
template <std::int64_t lanes, typename T>
[[gnu::always_inline]] inline void pool_lanes(const Window& window, float lowest, const T* x, std::int64_t c,
                                              T* y, std::uint8_t* argmax) {
  float best[lanes];
  std::int32_t from[lanes];
  for (std::int64_t i = 0; i < lanes; ++i) best[i] = lowest;
  for (std::int64_t i = 0; i < lanes; ++i) from[i] = window.position[0];
  for (int tap = 0; tap < window.taps; ++tap) {
    const T* values = x + window.offset[static_cast<std::size_t>(tap)] + c;
    const std::int32_t position = window.position[static_cast<std::size_t>(tap)];
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

template <typename T>
[[gnu::always_inline]] inline void pool_loop(const Window& window, float lowest, const T* x,
                                             std::int64_t channels, T* y, std::uint8_t* argmax) {
  std::int64_t c = 0;
  for (; c + 64 <= channels; c += 64) pool_lanes<64>(window, lowest, x, c, y, argmax);
  for (; c + 8 <= channels; c += 8) pool_lanes<8>(window, lowest, x, c, y, argmax);
  for (; c < channels; ++c) pool_lanes<1>(window, lowest, x, c, y, argmax);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void pool_window(
    const Window& window, float lowest, const float* x, std::int64_t channels, float* y,
    std::uint8_t* argmax) {
  pool_loop(window, lowest, x, channels, y, argmax);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void pool_window(
    const Window& window, float lowest, const BFloat16* x, std::int64_t channels, BFloat16* y,
    std::uint8_t* argmax) {
  pool_loop(window, lowest, x, channels, y, argmax);
}

// Adds to dx, which has sums of other windows in it: windows overlap. y may be null.
template <typename T>
void add_window(const Window& window, const std::uint8_t* argmax, const T* y, const T* dy,
                std::int64_t channels, T* dx) {
  for (int tap = 0; tap < window.taps; ++tap) {
    T* gradients = dx + window.offset[static_cast<std::size_t>(tap)];
    const std::int32_t position = window.position[static_cast<std::size_t>(tap)];
    for (std::int64_t c = 0; c < channels; ++c) {
      const bool counts = argmax[c] == position && (y == nullptr || to_float(y[c]) > 0.0f);
      if (counts) store(to_float(gradients[c]) + to_float(dy[c]), gradients[c]);
    }
  }
}

template <std::int64_t lanes, typename T>
[[gnu::always_inline]] inline void unpool_lanes(const Window& window, const std::uint8_t* argmax, const T* y,
                                                const T* dy, std::int64_t c, T* dx) {
  using Position =
      std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>;  // as wide as T: no conversion
  T gradient[lanes];
  Position from[lanes];
  for (std::int64_t i = 0; i < lanes; ++i) gradient[i] = dy[c + i];
  for (std::int64_t i = 0; i < lanes; ++i) from[i] = argmax[c + i];
  if (y != nullptr) {
    for (std::int64_t i = 0; i < lanes; ++i) gradient[i] = only_if(to_float(y[c + i]) > 0.0f, gradient[i]);
  }
  for (int tap = 0; tap < window.taps; ++tap) {
    T* gradients = dx + window.offset[static_cast<std::size_t>(tap)] + c;
    const auto position = static_cast<Position>(window.position[static_cast<std::size_t>(tap)]);
    for (std::int64_t i = 0; i < lanes; ++i) gradients[i] = only_if(from[i] == position, gradient[i]);
  }
}

// Writes dx of a window's taps: windows do not overlap. y may be null.
template <typename T>
[[gnu::always_inline]] inline void unpool_loop(const Window& window, const std::uint8_t* argmax, const T* y,
                                               const T* dy, std::int64_t channels, T* dx) {
  std::int64_t c = 0;
  for (; c + 64 <= channels; c += 64) unpool_lanes<64>(window, argmax, y, dy, c, dx);
  for (; c + 8 <= channels; c += 8) unpool_lanes<8>(window, argmax, y, dy, c, dx);
  for (; c < channels; ++c) unpool_lanes<1>(window, argmax, y, dy, c, dx);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void unpool_window(
    const Window& window, const std::uint8_t* argmax, const float* y, const float* dy, std::int64_t channels,
    float* dx) {
  unpool_loop(window, argmax, y, dy, channels, dx);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void unpool_window(
    const Window& window, const std::uint8_t* argmax, const BFloat16* y, const BFloat16* dy,
    std::int64_t channels, BFloat16* dx) {
  unpool_loop(window, argmax, y, dy, channels, dx);
}

Extents extents(const Shape& x, const Shape& y) {
  return {.in = {x[1], x[2], x[3]}, .out = {y[1], y[2], y[3]}, .clips = x[0], .channels = x[4]};
}

bool overlap(const Pool3dGeometry& pool) {
  return pool.stride.d < pool.kernel.d || pool.stride.h < pool.kernel.h || pool.stride.w < pool.kernel.w;
}

bool covers(std::int64_t in, std::int64_t out, std::int64_t pad_before, std::int64_t kernel,
            std::int64_t stride) {
  return kernel == stride && (out - 1) * stride - pad_before + kernel >= in;
}

// Whether every element of x lies in a window.
bool cover(const Pool3dGeometry& pool, const Extents& size) {
  return covers(size.in.d, size.out.d, pool.pad_before.d, pool.kernel.d, pool.stride.d) &&
         covers(size.in.h, size.out.h, pool.pad_before.h, pool.kernel.h, pool.stride.h) &&
         covers(size.in.w, size.out.w, pool.pad_before.w, pool.kernel.w, pool.stride.w);
}

}  // namespace

void max_pool(int threads, const Pool3dGeometry& pool, Activation activation, ConstTensor x, Tensor y,
              Tensor argmax) {
  const Extents size = extents(x.shape(), y.shape());
  // Of max(x, 0): a window without positive values gives 0, at its first tap.
  const float lowest = activation == Activation::relu ? 0.0f : -INFINITY;
  std::uint8_t* positions = argmax.empty() ? nullptr : argmax.as<std::uint8_t>();
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y.as<T>();
    const std::int64_t channels = size.channels;
    parallel_pieces(threads, size.clips * size.out.volume(), size.out.w,
                    [=](std::int64_t first, std::int64_t last) {
                      Window window;
                      for (std::int64_t i = first; i < last; ++i) {
                        find_window(pool, size, i, window);
                        pool_window(window, lowest, from, channels, to + i * channels,
                                    positions == nullptr ? nullptr : positions + i * channels);
                      }
                    });
  });
}

void max_pool_backward(int threads, const Pool3dGeometry& pool, ConstTensor argmax, ConstTensor y,
                       ConstTensor dy, Tensor dx) {
  const Extents size = extents(dx.shape(), dy.shape());
  const bool adds = overlap(pool);
  if (adds || !cover(pool, size)) zero_bytes(threads, dx.data(), dx.bytes());
  const auto* positions = argmax.as<std::uint8_t>();
  for_type(dx.type(), [&](auto element) {
    using T = decltype(element);
    const T* pooled = y.empty() ? nullptr : y.as<T>();
    const T* gradients = dy.as<T>();
    T* to = dx.as<T>();
    const std::int64_t channels = size.channels;
    // Windows that overlap add into the same elements: a clip is then one thread's.
    const std::int64_t piece = adds ? size.out.volume() : size.out.w;
    parallel_pieces(
        threads, size.clips * size.out.volume(), piece, [=](std::int64_t first, std::int64_t last) {
          Window window;
          for (std::int64_t i = first; i < last; ++i) {
            find_window(pool, size, i, window);
            const T* values = pooled == nullptr ? nullptr : pooled + i * channels;
            if (adds) {
              add_window(window, positions + i * channels, values, gradients + i * channels, channels, to);
            } else {
              unpool_window(window, positions + i * channels, values, gradients + i * channels, channels, to);
            }
          }
        });
  });
}

}  // namespace c3d::cpu
