#include "kernels/reference/ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/core/philox.h"
#include "kernels/reference/storage.h"

namespace c3d::reference {
namespace {

float to_single(double value) { return static_cast<float>(value); }

// Five-dimensional access to a contiguous tensor.
template <typename T>
struct Grid {
  T* data;
  std::int64_t n, d, h, w, c;

  Grid(T* elements, const Shape& shape)
      : data(elements), n(shape[0]), d(shape[1]), h(shape[2]), w(shape[3]), c(shape[4]) {}
  explicit Grid(const ConstTensor& tensor) : Grid(tensor.as<std::remove_const_t<T>>(), tensor.shape()) {}
  explicit Grid(const Tensor& tensor) : Grid(tensor.as<std::remove_const_t<T>>(), tensor.shape()) {}

  // Of the channels at one position.
  std::int64_t offset(std::int64_t in, std::int64_t id, std::int64_t ih, std::int64_t iw) const {
    return (((in * d + id) * h + ih) * w + iw) * c;
  }
  T* at(std::int64_t in, std::int64_t id, std::int64_t ih, std::int64_t iw) const {
    return data + offset(in, id, ih, iw);
  }
};

// NaN compares false and so stays NaN.
double activated(Activation activation, double value) {
  return activation == Activation::relu && value <= 0 ? 0.0 : value;
}

template <typename Visit>  // visit(n, d, h, w)
void for_each_position(std::int64_t batch, const Extent3& extent, const Visit& visit) {
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t d = 0; d < extent.d; ++d)
      for (std::int64_t h = 0; h < extent.h; ++h)
        for (std::int64_t w = 0; w < extent.w; ++w) visit(n, d, h, w);
}

// Visits the taps of the window at output (d, h, w) that lie inside the input: visit(tap, input position),
// both Extent3.
template <typename Visit>
void for_each_tap(const Extent3& kernel, const Extent3& stride, const Extent3& pad_before,
                  const Extent3& input, const Extent3& output, const Visit& visit) {
  for (std::int64_t kd = 0; kd < kernel.d; ++kd) {
    const std::int64_t d = output.d * stride.d - pad_before.d + kd;
    if (d < 0 || d >= input.d) continue;
    for (std::int64_t kh = 0; kh < kernel.h; ++kh) {
      const std::int64_t h = output.h * stride.h - pad_before.h + kh;
      if (h < 0 || h >= input.h) continue;
      for (std::int64_t kw = 0; kw < kernel.w; ++kw) {
        const std::int64_t w = output.w * stride.w - pad_before.w + kw;
        if (w < 0 || w >= input.w) continue;
        visit(Extent3{kd, kh, kw}, Extent3{d, h, w});
      }
    }
  }
}

Extent3 spatial(const Shape& shape) { return {shape[1], shape[2], shape[3]}; }

std::int64_t valid_channels(const Conv3dGeometry& conv, std::int64_t channels) {
  return conv.valid_input_channels == 0 ? channels : conv.valid_input_channels;
}

void add_multiple(double factor, const double* values, double* sums, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += factor * values[i];
}

// Filters [outputs, taps, channels] as [taps, channels, outputs], and back: loops over outputs are the long ones, and no sum waits
// for another there.
template <typename T, typename Put>  // put(index, index in the transposed)
void for_each_transposed(const Grid<T>& filters, const Put& put) {
  const std::int64_t size = filters.d * filters.h * filters.w * filters.c;
  for (std::int64_t k = 0; k < filters.n; ++k)
    for (std::int64_t i = 0; i < size; ++i) put(k * size + i, i * filters.n + k);
}

}  // namespace

void conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                    ConstTensor bias, Tensor y) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    const Grid<const T> in(x), filters(filter);
    const Grid<T> out(y);
    const std::int64_t channels = valid_channels(conv, in.c);
    std::vector<double> transposed(static_cast<std::size_t>(filter.count()));
    for_each_transposed(filters, [&](std::int64_t from, std::int64_t to) {
      transposed[static_cast<std::size_t>(to)] = load(filters.data[from]);
    });
    std::vector<double> sums(static_cast<std::size_t>(out.c));
    for_each_position(out.n, spatial(y.shape()), [&](auto n, auto d, auto h, auto w) {
      std::transform(bias.as<T>(), bias.as<T>() + out.c, sums.begin(), [](T value) { return load(value); });
      for_each_tap(conv.kernel, conv.stride, conv.pad, spatial(x.shape()), {d, h, w},
                   [&](const Extent3& tap, const Extent3& at) {
                     const T* xs = in.at(n, at.d, at.h, at.w);
                     const double* fs = transposed.data() + filters.offset(0, tap.d, tap.h, tap.w) * out.c;
                     for (std::int64_t c = 0; c < channels; ++c) {
                       add_multiple(load(xs[c]), fs + c * out.c, sums.data(), out.c);
                     }
                   });
      for (std::size_t k = 0; k < sums.size(); ++k)
        store(out.at(n, d, h, w)[k], activated(activation, sums[k]));
    });
  });
}

void conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy, Tensor dx) {
  with_storage(dx.type(), [&](auto storage) {
    using T = decltype(storage);
    const Grid<const T> out(dy), taps(filter);
    const std::int64_t channels = valid_channels(conv, taps.c);
    std::vector<double> sums(static_cast<std::size_t>(dx.count()));
    const Grid<double> sum_grid(sums.data(), dx.shape());
    for_each_position(out.n, spatial(dy.shape()), [&](auto n, auto d, auto h, auto w) {
      const T* dys = out.at(n, d, h, w);
      for_each_tap(conv.kernel, conv.stride, conv.pad, spatial(dx.shape()), {d, h, w},
                   [&](const Extent3& tap, const Extent3& at) {
                     double* to = sum_grid.at(n, at.d, at.h, at.w);
                     for (std::int64_t k = 0; k < out.c; ++k) {
                       const T* fs = taps.at(k, tap.d, tap.h, tap.w);
                       for (std::int64_t c = 0; c < channels; ++c) to[c] += load(dys[k]) * load(fs[c]);
                     }
                   });
    });
    for (std::size_t i = 0; i < sums.size(); ++i) store(dx.as<T>()[i], sums[i]);
  });
}

void conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                            Tensor dbias) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    const Grid<const T> in(x), out(dy);
    const std::int64_t channels = valid_channels(conv, in.c);
    const Shape filter_shape{out.c, conv.kernel.d, conv.kernel.h, conv.kernel.w, in.c};
    std::vector<double> sums(static_cast<std::size_t>(filter_shape.count()));  // transposed
    std::vector<double> bias_sums(static_cast<std::size_t>(out.c)), dys(bias_sums.size());
    const Grid<const double> filters(sums.data(), filter_shape);
    for_each_position(out.n, spatial(dy.shape()), [&](auto n, auto d, auto h, auto w) {
      const T* stored = out.at(n, d, h, w);
      std::transform(stored, stored + out.c, dys.begin(), [](T value) { return load(value); });
      add_multiple(1, dys.data(), bias_sums.data(), out.c);
      if (dfilter.empty()) return;
      for_each_tap(conv.kernel, conv.stride, conv.pad, spatial(x.shape()), {d, h, w},
                   [&](const Extent3& tap, const Extent3& at) {
                     const T* xs = in.at(n, at.d, at.h, at.w);
                     double* to = sums.data() + filters.offset(0, tap.d, tap.h, tap.w) * out.c;
                     for (std::int64_t c = 0; c < channels; ++c) {
                       add_multiple(load(xs[c]), dys.data(), to + c * out.c, out.c);
                     }
                   });
    });
    if (!dfilter.empty()) {
      for_each_transposed(filters, [&](std::int64_t to, std::int64_t from) {
        dfilter.as<float>()[to] = to_single(sums[static_cast<std::size_t>(from)]);
      });
    }
    if (!dbias.empty()) std::transform(bias_sums.begin(), bias_sums.end(), dbias.as<float>(), to_single);
  });
}

void max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8) {
  with_any_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    const Grid<const T> in(x);
    const Grid<T> out(y);
    std::uint8_t* argmax = argmax_u8.empty() ? nullptr : argmax_u8.as<std::uint8_t>();
    for_each_position(out.n, spatial(y.shape()), [&](auto n, auto d, auto h, auto w) {
      T* ys = out.at(n, d, h, w);
      for (std::int64_t c = 0; c < out.c; ++c) {
        bool found = false;
        double best = 0;
        std::int64_t position = 0;
        for_each_tap(pool.kernel, pool.stride, pool.pad_before, spatial(x.shape()), {d, h, w},
                     [&](const Extent3& tap, const Extent3& at) {
                       const double value = load(in.at(n, at.d, at.h, at.w)[c]);
                       if (found && !(value > best) && !std::isnan(value)) return;
                       found = true;
                       best = value;
                       position = (tap.d * pool.kernel.h + tap.h) * pool.kernel.w + tap.w;
                     });
        store(ys[c], best);
        if (argmax != nullptr) argmax[ys + c - out.data] = static_cast<std::uint8_t>(position);
      }
    });
  });
}

void max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy, Tensor dx) {
  with_storage(dy.type(), [&](auto storage) {
    using T = decltype(storage);
    const Grid<const T> out(dy);
    const Grid<const std::uint8_t> argmax(argmax_u8);
    std::vector<double> sums(static_cast<std::size_t>(dx.count()));
    const Grid<double> sum_grid(sums.data(), dx.shape());
    for_each_position(out.n, spatial(dy.shape()), [&](auto n, auto d, auto h, auto w) {
      for (std::int64_t c = 0; c < out.c; ++c) {
        const std::int64_t position = argmax.at(n, d, h, w)[c];
        const std::int64_t tap_w = position % pool.kernel.w;
        const std::int64_t tap_h = position / pool.kernel.w % pool.kernel.h;
        const std::int64_t tap_d = position / pool.kernel.w / pool.kernel.h;
        sum_grid.at(n, d * pool.stride.d - pool.pad_before.d + tap_d,
                    h * pool.stride.h - pool.pad_before.h + tap_h,
                    w * pool.stride.w - pool.pad_before.w + tap_w)[c] += load(out.at(n, d, h, w)[c]);
      }
    });
    for (std::size_t i = 0; i < sums.size(); ++i) store(dx.as<T>()[i], sums[i]);
  });
}

void linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias, Tensor y) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t rows = x.shape()[0], inputs = x.shape()[1], outputs = weight.shape()[0];
    for (std::int64_t n = 0; n < rows; ++n) {
      const T* xs = x.as<T>() + n * inputs;
      for (std::int64_t o = 0; o < outputs; ++o) {
        const T* ws = weight.as<T>() + o * inputs;
        double sum = load(bias.as<T>()[o]);
        for (std::int64_t i = 0; i < inputs; ++i) sum += load(xs[i]) * load(ws[i]);
        store(y.as<T>()[n * outputs + o], activated(activation, sum));
      }
    }
  });
}

void linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                     Tensor dbias) {
  with_storage(dy.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t rows = x.shape()[0], inputs = x.shape()[1], outputs = weight.shape()[0];
    const T *xs = x.as<T>(), *ws = weight.as<T>(), *dys = dy.as<T>();
    std::vector<double> sums(static_cast<std::size_t>(inputs));
    for (std::int64_t n = 0; n < rows && !dx.empty(); ++n) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::int64_t o = 0; o < outputs; ++o)
        for (std::int64_t i = 0; i < inputs; ++i)
          sums[static_cast<std::size_t>(i)] += load(dys[n * outputs + o]) * load(ws[o * inputs + i]);
      for (std::int64_t i = 0; i < inputs; ++i)
        store(dx.as<T>()[n * inputs + i], sums[static_cast<std::size_t>(i)]);
    }
    for (std::int64_t o = 0; o < outputs; ++o) {
      std::fill(sums.begin(), sums.end(), 0.0);
      double bias_sum = 0;
      for (std::int64_t n = 0; n < rows; ++n) {
        const double gradient = load(dys[n * outputs + o]);
        bias_sum += gradient;
        for (std::int64_t i = 0; i < inputs; ++i)
          sums[static_cast<std::size_t>(i)] += gradient * load(xs[n * inputs + i]);
      }
      if (!dbias.empty()) store(dbias.as<float>()[o], bias_sum);
      if (!dweight.empty())
        std::transform(sums.begin(), sums.end(), dweight.as<float>() + o * inputs, to_single);
    }
  });
}

void relu_forward(ConstTensor x, Tensor y) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    for (std::int64_t i = 0; i < x.count(); ++i)
      store(y.as<T>()[i], activated(Activation::relu, load(x.as<T>()[i])));
  });
}

void relu_backward(ConstTensor y, Tensor dy_in_place) {
  with_storage(y.type(), [&](auto storage) {
    using T = decltype(storage);
    for (std::int64_t i = 0; i < y.count(); ++i)
      if (!(load(y.as<T>()[i]) > 0)) store(dy_in_place.as<T>()[i], 0);
  });
}

void accumulate(ConstTensor x, Tensor y_in_place) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    for (std::int64_t i = 0; i < x.count(); ++i)
      store(y_in_place.as<T>()[i], load(y_in_place.as<T>()[i]) + load(x.as<T>()[i]));
  });
}

void dropout(const StepScalars& step, std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t row = x.shape()[0] == 0 ? 0 : x.count() / x.shape()[0];
    const std::uint64_t first = step.first_row * static_cast<std::uint64_t>(row);
    const double scale = 1.0 / (1.0 - static_cast<double>(drop_probability));
    for (std::int64_t i = 0; i < x.count(); ++i) {
      const bool drops =
          dropout_drops(step.seed, step.step, op, first + static_cast<std::uint64_t>(i), drop_probability);
      store(y.as<T>()[i], drops ? 0.0 : load(x.as<T>()[i]) * scale);
    }
  });
}

void normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                    ConstTensor crops_i32, Tensor x) {
  with_storage(x.type(), [&](auto storage) {
    using T = decltype(storage);
    const Grid<const std::uint8_t> frames(frames_u8);
    const Grid<T> out(x);
    const bool mean_is_cube = mean.shape().rank() == 4;
    for_each_position(out.n, spatial(x.shape()), [&](auto n, auto d, auto h, auto w) {
      const std::int32_t* crop = crops_i32.as<std::int32_t>() + n * 3;
      const std::int64_t row = crop[0] + h;
      const std::int64_t column = crop[1] + (crop[2] == 0 ? w : out.w - 1 - w);
      const std::uint8_t* rgb = frames.at(n, d, row, column);
      const std::int64_t mean_at = mean_is_cube ? ((d * frames.h + row) * frames.w + column) * 3 : 0;
      T* to = out.at(n, d, h, w);
      for (std::int64_t c = 0; c < out.c; ++c) {
        if (c >= 3) {
          store(to[c], 0);
          continue;
        }
        const double value = rgb[normalization.order == ColourOrder::rgb ? c : 2 - c];
        store(to[c], (value - load(mean.as<float>()[mean_at + c])) * load(normalization.scale));
      }
    });
  });
}

void sum_of_squares(ConstTensor values, Tensor scalar) {
  double sum = 0;
  for (std::int64_t i = 0; i < values.count(); ++i)
    sum += load(values.as<float>()[i]) * load(values.as<float>()[i]);
  store(*scalar.as<float>(), sum);
}

void round_to_bf16(ConstTensor values, Tensor bf16_copy) {
  for (std::int64_t i = 0; i < values.count(); ++i)
    bf16_copy.as<BFloat16>()[i] = to_bfloat16(values.as<float>()[i]);
}

}  // namespace c3d::reference
