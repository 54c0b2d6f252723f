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

// Calls f(windows, first) for all windows of one row of outputs, from the one to the other side, those at the
// row's ends by themselves; first: the number of the first among the batch's outputs.
template <typename F>
void for_windows_of_row(const Pool3dGeometry& pool, const Extents& size, std::int64_t row, const F& f) {
  const std::int64_t oh = row % size.out.h, od = row / size.out.h % size.out.d,
                     n = row / size.out.h / size.out.d;
  const std::int64_t first_d = od * pool.stride.d - pool.pad_before.d,
                     first_h = oh * pool.stride.h - pool.pad_before.h;
  PoolWindows windows;
  windows.step = pool.stride.w * size.channels;
  for (std::int64_t ow = 0; ow < size.out.w; ow += windows.count) {
    const std::int64_t first_w = ow * pool.stride.w - pool.pad_before.w;
    // Windows with all their columns on data follow each other.
    const std::int64_t room = size.in.w - pool.kernel.w - first_w;
    const bool whole = first_w >= 0 && room >= 0;
    windows.count = whole ? std::min(room / pool.stride.w + 1, size.out.w - ow) : 1;
    windows.taps = 0;
    std::int32_t position = 0;
    for (std::int64_t d = first_d; d < first_d + pool.kernel.d; ++d) {
      for (std::int64_t h = first_h; h < first_h + pool.kernel.h; ++h) {
        for (std::int64_t w = first_w; w < first_w + pool.kernel.w; ++w, ++position) {
          if (d < 0 || d >= size.in.d || h < 0 || h >= size.in.h || w < 0 || w >= size.in.w) continue;
          const auto tap = static_cast<std::size_t>(windows.taps++);
          windows.offset[tap] = (((n * size.in.d + d) * size.in.h + h) * size.in.w + w) * size.channels;
          windows.position[tap] = position;
        }
      }
    }
    f(windows, row * size.out.w + ow);
  }
}

// Adds to dx, which has sums of other windows in it: windows overlap. y may be null.
template <typename T>
void add_windows(const PoolWindows& windows, const std::uint8_t* argmax, const T* y, const T* dy,
                 std::int64_t channels, T* dx) {
  for (std::int64_t i = 0; i < windows.count * channels; ++i) {
    if (y != nullptr && !(to_float(y[i]) > 0.0f)) continue;
    const std::int64_t at = i / channels * windows.step + i % channels;
    for (int tap = 0; tap < windows.taps; ++tap) {
      if (argmax[i] != windows.position[static_cast<std::size_t>(tap)]) continue;
      T& gradient = dx[windows.offset[static_cast<std::size_t>(tap)] + at];
      store(to_float(gradient) + to_float(dy[i]), gradient);
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
    const auto pool_windows = team.kernels->of(element).pool_windows;
    parallel_pieces(
        team.threads, size.clips * size.out.d * size.out.h, 1, [=](std::int64_t first, std::int64_t last) {
          for (std::int64_t row = first; row < last; ++row) {
            for_windows_of_row(pool, size, row, [&](const PoolWindows& windows, std::int64_t window) {
              const std::int64_t at = window * channels;
              pool_windows(windows, lowest, from, channels, to + at,
                           positions == nullptr ? nullptr : positions + at);
            });
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
    const std::int64_t piece = adds ? size.out.d * size.out.h : 1;
    const auto unpool_windows = adds ? add_windows<T> : team.kernels->of(element).unpool_windows;
    parallel_pieces(
        team.threads, size.clips * size.out.d * size.out.h, piece,
        [=](std::int64_t first, std::int64_t last) {
          for (std::int64_t row = first; row < last; ++row) {
            for_windows_of_row(pool, size, row, [&](const PoolWindows& windows, std::int64_t window) {
              const std::int64_t at = window * channels;
              unpool_windows(windows, positions + at, pooled == nullptr ? nullptr : pooled + at,
                             gradients + at, channels, to);
            });
          }
        });
  });
}

}  // namespace c3d::cpu
