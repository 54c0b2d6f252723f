// Max-pooling with channels last: a window's taps are rows of C values.
#include <cmath>

#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

struct Extents {
  Extent3 in, out;
  std::int64_t clips, channels;
};

// Window number `index` of all windows of the batch, in the order of the output's pixels.
void find_window(const Pool3dGeometry& pool, const Extents& size, std::int64_t index, PoolWindow& window) {
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

// Adds to dx, which has sums of other windows in it: windows overlap. y may be null.
template <typename T>
void add_window(const PoolWindow& window, const std::uint8_t* argmax, const T* y, const T* dy,
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

void max_pool(const ElementwiseTeam& team, const Pool3dGeometry& pool, Activation activation, ConstTensor x,
              Tensor y, Tensor argmax) {
  const Extents size = extents(x.shape(), y.shape());
  // Of max(x, 0): a window without positive values gives 0, at its first tap.
  const float lowest = activation == Activation::relu ? 0.0f : -INFINITY;
  std::uint8_t* positions = argmax.empty() ? nullptr : argmax.as<std::uint8_t>();
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y.as<T>();
    const std::int64_t channels = size.channels;
    const auto pool_window = team.kernels->of(element).pool_window;
    parallel_pieces(team.threads, size.clips * size.out.volume(), size.out.w,
                    [=](std::int64_t first, std::int64_t last) {
                      PoolWindow window;
                      for (std::int64_t i = first; i < last; ++i) {
                        find_window(pool, size, i, window);
                        pool_window(window, lowest, from, channels, to + i * channels,
                                    positions == nullptr ? nullptr : positions + i * channels);
                      }
                    });
  });
}

void max_pool_backward(const ElementwiseTeam& team, const Pool3dGeometry& pool, ConstTensor argmax,
                       ConstTensor y, ConstTensor dy, Tensor dx) {
  const Extents size = extents(dx.shape(), dy.shape());
  const bool adds = overlap(pool);
  if (adds || !cover(pool, size)) zero_bytes(team.threads, dx.data(), dx.bytes());
  const auto* positions = argmax.as<std::uint8_t>();
  for_type(dx.type(), [&](auto element) {
    using T = decltype(element);
    const T* pooled = y.empty() ? nullptr : y.as<T>();
    const T* gradients = dy.as<T>();
    T* to = dx.as<T>();
    const std::int64_t channels = size.channels;
    // Windows that overlap add into the same elements: a clip is then one thread's.
    const std::int64_t piece = adds ? size.out.volume() : size.out.w;
    const auto unpool_window = team.kernels->of(element).unpool_window;
    parallel_pieces(
        team.threads, size.clips * size.out.volume(), piece, [=](std::int64_t first, std::int64_t last) {
          PoolWindow window;
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
