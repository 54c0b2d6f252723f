// Max-pooling as one thread sees it: index maps and the work on one pack of channels. Constexpr and plain
// C++: kernels/cuda/max_pool3d.cu runs it on the GPU, the tests on the host. Positions are counted in 32 bits
// (the launchers refuse more), elements in 64.
#pragma once

#include <limits>

#include "engine/core/float8.h"
#include "engine/core/geometry.h"
#include "kernels/cuda/pack.h"

namespace c3d::cuda {

struct PoolAxis {
  int kernel, stride, pad, input, output;
};
struct PoolMap {
  PoolAxis d, h, w;
  int packs;  // of channels at a position
};
constexpr PoolMap pool_map(const Pool3dGeometry& pool, const Extent3& input, const Extent3& output,
                           std::int64_t packs) {
  const auto axis = [](std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t from,
                       std::int64_t to) {
    return PoolAxis{static_cast<int>(kernel), static_cast<int>(stride), static_cast<int>(pad),
                    static_cast<int>(from), static_cast<int>(to)};
  };
  return {axis(pool.kernel.d, pool.stride.d, pool.pad_before.d, input.d, output.d),
          axis(pool.kernel.h, pool.stride.h, pool.pad_before.h, input.h, output.h),
          axis(pool.kernel.w, pool.stride.w, pool.pad_before.w, input.w, output.w), static_cast<int>(packs)};
}

// Windows that touch no other and leave no gap can be walked one by one in backward too. A cell is a window
// and, past the last window, what the input has left: it reaches every input position exactly once.
constexpr bool windows_tile(const PoolMap& pool) {
  return pool.d.kernel == pool.d.stride && pool.h.kernel == pool.h.stride && pool.w.kernel == pool.w.stride;
}
constexpr int cell_count(const PoolAxis& axis) {
  return (axis.input + axis.pad + axis.stride - 1) / axis.stride;
}

struct Position {
  int n, d, h, w;
};
constexpr Position position_of(std::uint32_t row, int depth, int height, int width) {
  const auto split = [&row](int extent) {
    const std::uint32_t rest = row % static_cast<std::uint32_t>(extent);
    row /= static_cast<std::uint32_t>(extent);
    return static_cast<int>(rest);
  };
  const int w = split(width), h = split(height), d = split(depth);
  return {static_cast<int>(row), d, h, w};
}
constexpr std::int64_t pack_index(int n, int d, int h, int w, int depth, int height, int width, int packs,
                                  int pack) {
  return static_cast<std::int64_t>(((n * depth + d) * height + h) * width + w) * packs + pack;
}

constexpr int clamped(int value, int first, int last) {
  return value < first ? first : (value > last ? last : value);
}

// The window's extents where they are known when compiling, 0 where not.
template <int D, int H, int W>
struct FixedWindow {
  static constexpr int kD = D, kH = H, kW = W;
};

// What is written of a maximum.
struct Unchanged {
  template <typename T>
  constexpr T operator()(T value) const {
    return value;
  }
};
struct ScaledE4M3 {
  float factor;
  constexpr Float8E4M3 operator()(BFloat16 value) const { return to_e4m3(to_float(value) * factor); }
};

// Row: an output position. Taps outside the input read the nearest tap inside once more, under that tap's
// number: this changes no maximum and costs no branch, so that all loads can be in flight.
template <typename Window, typename T, int Size, typename Out, typename Finish>
constexpr void max_pool_window(const PoolMap& pool, std::uint32_t row, int pack, const Pack<T, Size>* x,
                               Pack<Out, Size>* y, Pack<std::uint8_t, Size>* argmax, const Finish& finish) {
  const int kernel_d = Window::kD != 0 ? Window::kD : pool.d.kernel,
            kernel_h = Window::kH != 0 ? Window::kH : pool.h.kernel,
            kernel_w = Window::kW != 0 ? Window::kW : pool.w.kernel;
  const Position to = position_of(row, pool.d.output, pool.h.output, pool.w.output);
  const int first_d = to.d * pool.d.stride - pool.d.pad, first_h = to.h * pool.h.stride - pool.h.pad,
            first_w = to.w * pool.w.stride - pool.w.pad;
  Pack<T, Size> best{};
  float largest[Size] = {};
  int position[Size] = {};
  bool found = false;
  for (int kd = 0; kd < kernel_d; ++kd) {
    for (int kh = 0; kh < kernel_h; ++kh) {
      for (int kw = 0; kw < kernel_w; ++kw) {
        const int d = clamped(first_d + kd, 0, pool.d.input - 1),
                  h = clamped(first_h + kh, 0, pool.h.input - 1),
                  w = clamped(first_w + kw, 0, pool.w.input - 1);
        const int tap = ((d - first_d) * kernel_h + h - first_h) * kernel_w + w - first_w;
        const Pack<T, Size> values =
            x[pack_index(to.n, d, h, w, pool.d.input, pool.h.input, pool.w.input, pool.packs, pack)];
        for (int i = 0; i < Size; ++i) {
          const float value = to_float(values.at[i]);
          if (found && !(value > largest[i]) && value == value) continue;  // NaN takes over
          largest[i] = value;
          best.at[i] = values.at[i];
          position[i] = tap;
        }
        found = true;
      }
    }
  }
  const std::int64_t out = static_cast<std::int64_t>(row) * pool.packs + pack;
  Pack<Out, Size> written{};
  for (int i = 0; i < Size; ++i) written.at[i] = finish(best.at[i]);
  y[out] = written;
  if (argmax == nullptr) return;
  Pack<std::uint8_t, Size> positions{};
  for (int i = 0; i < Size; ++i) positions.at[i] = static_cast<std::uint8_t>(position[i]);
  argmax[out] = positions;
}

// dy where the pooled y is positive (NaN is not), else 0; y may be null: no ReLU.
template <typename T, int Size>
constexpr Pack<T, Size> passed_gradient(const Pack<T, Size>* y, const Pack<T, Size>* dy, std::int64_t at) {
  Pack<T, Size> gradient = dy[at];
  if (y == nullptr) return gradient;
  const Pack<T, Size> pooled = y[at];
  for (int i = 0; i < Size; ++i) {
    if (!(to_float(pooled.at[i]) > 0)) gradient.at[i] = T{};
  }
  return gradient;
}

// Row: a cell of windows that tile. Writes dx at each of its positions, adds what passed to sums.
template <typename Window, typename T, int Size>
constexpr void max_pool_spread(const PoolMap& pool, std::uint32_t row, int pack,
                               const Pack<std::uint8_t, Size>* argmax, const Pack<T, Size>* y,
                               const Pack<T, Size>* dy, Pack<T, Size>* dx, float (&sums)[Size]) {
  const int kernel_d = Window::kD != 0 ? Window::kD : pool.d.kernel,
            kernel_h = Window::kH != 0 ? Window::kH : pool.h.kernel,
            kernel_w = Window::kW != 0 ? Window::kW : pool.w.kernel;
  const Position cell = position_of(row, cell_count(pool.d), cell_count(pool.h), cell_count(pool.w));
  Pack<T, Size> gradient{};
  Pack<std::uint8_t, Size> taps{};
  if (cell.d < pool.d.output && cell.h < pool.h.output && cell.w < pool.w.output) {
    const std::int64_t window = pack_index(cell.n, cell.d, cell.h, cell.w, pool.d.output, pool.h.output,
                                           pool.w.output, pool.packs, pack);
    taps = argmax[window];
    gradient = passed_gradient(y, dy, window);
  }
  for (int i = 0; i < Size; ++i) sums[i] += to_float(gradient.at[i]);
  for (int kd = 0; kd < kernel_d; ++kd) {
    for (int kh = 0; kh < kernel_h; ++kh) {
      for (int kw = 0; kw < kernel_w; ++kw) {
        const int d = cell.d * kernel_d - pool.d.pad + kd, h = cell.h * kernel_h - pool.h.pad + kh,
                  w = cell.w * kernel_w - pool.w.pad + kw;
        if (d < 0 || h < 0 || w < 0 || d >= pool.d.input || h >= pool.h.input || w >= pool.w.input) continue;
        const int tap = (kd * kernel_h + kh) * kernel_w + kw;
        Pack<T, Size> here{};
        for (int i = 0; i < Size; ++i) here.at[i] = taps.at[i] == tap ? gradient.at[i] : T{};
        dx[pack_index(cell.n, d, h, w, pool.d.input, pool.h.input, pool.w.input, pool.packs, pack)] = here;
      }
    }
  }
}

// The windows first .. last that hold an input position.
struct WindowRange {
  int first, last;
};
constexpr WindowRange windows_over(const PoolAxis& axis, int position) {
  const int padded = position + axis.pad, before = padded - axis.kernel + axis.stride;
  const int last = padded / axis.stride;
  return {before < 0 ? 0 : before / axis.stride, last < axis.output ? last : axis.output - 1};
}

// Row: an input position, of windows that overlap or leave gaps. Adds up what its windows pass to it.
template <typename T, int Size>
constexpr void max_pool_gather(const PoolMap& pool, std::uint32_t row, int pack,
                               const Pack<std::uint8_t, Size>* argmax, const Pack<T, Size>* y,
                               const Pack<T, Size>* dy, Pack<T, Size>* dx, float (&sums)[Size]) {
  const Position at = position_of(row, pool.d.input, pool.h.input, pool.w.input);
  const WindowRange ds = windows_over(pool.d, at.d), hs = windows_over(pool.h, at.h),
                    ws = windows_over(pool.w, at.w);
  float total[Size] = {};
  for (int d = ds.first; d <= ds.last; ++d) {
    for (int h = hs.first; h <= hs.last; ++h) {
      for (int w = ws.first; w <= ws.last; ++w) {
        const int kd = at.d + pool.d.pad - d * pool.d.stride, kh = at.h + pool.h.pad - h * pool.h.stride,
                  kw = at.w + pool.w.pad - w * pool.w.stride;
        const int tap = (kd * pool.h.kernel + kh) * pool.w.kernel + kw;
        const std::int64_t window =
            pack_index(at.n, d, h, w, pool.d.output, pool.h.output, pool.w.output, pool.packs, pack);
        const Pack<std::uint8_t, Size> taps = argmax[window];
        const Pack<T, Size> gradient = passed_gradient(y, dy, window);
        for (int i = 0; i < Size; ++i) total[i] += taps.at[i] == tap ? to_float(gradient.at[i]) : 0.0f;
      }
    }
  }
  Pack<T, Size> here{};
  for (int i = 0; i < Size; ++i) {
    sums[i] += total[i];
    here.at[i] = from_float<T>(total[i]);
  }
  dx[static_cast<std::int64_t>(row) * pool.packs + pack] = here;
}

}  // namespace c3d::cuda
