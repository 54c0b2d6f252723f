// What judged_convolution.h judges by: random numbers, and two slow ways to convolve them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "draws.h"
#include "engine/core/bfloat16.h"
#include "judged_convolution.h"
#include "kernels/reference/ops.h"

namespace c3d::cpu {
namespace {

std::size_t extent(std::int64_t count) { return static_cast<std::size_t>(count); }

// Calls f(output position, input position) for all that meet in the tap; positions count over clips, d, h, w.
template <typename F>
void for_each_meeting(const ConvolutionCase& test, std::int64_t tap, const F& f) {
  const Extent3 out = test.out(), in = test.in, kernel = test.kernel;
  const std::int64_t td = tap / (kernel.h * kernel.w), th = tap / kernel.w % kernel.h, tw = tap % kernel.w;
  for (std::int64_t at = 0; at < test.clips * out.volume(); ++at) {
    const std::int64_t pw = at % out.w, ph = at / out.w % out.h, pd = at / (out.w * out.h) % out.d;
    const std::int64_t d = source_of(pd, td, test.stride.d, test.pad.d, in.d, test.flipped());
    const std::int64_t h = source_of(ph, th, test.stride.h, test.pad.h, in.h, test.flipped());
    const std::int64_t w = source_of(pw, tw, test.stride.w, test.pad.w, in.w, test.flipped());
    if (d < 0 || h < 0 || w < 0) continue;
    f(at, ((at / out.volume() * in.d + d) * in.h + h) * in.w + w);
  }
}

// to += factor * from
void add_scaled(double factor, const double* from, std::int64_t count, double* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

// f(first, last) for a few channels of `used` at a time, whose filters the caches hold.
template <typename F>
void for_some_channels(std::int64_t valid_channels, const F& f) {
  constexpr std::int64_t kSome = 16;
  for (std::int64_t first = 0; first < valid_channels; first += kSome)
    f(first, std::min(first + kSome, valid_channels));
}

std::vector<double> exact_outputs(const ConvolutionCase& test, const ConvolutionData& data) {
  const std::int64_t taps = test.kernel.volume(), outs = test.out_channels;
  std::vector<double> y(extent(test.clips * test.out().volume() * outs));
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = test.bias ? data.bias[i % extent(outs)] : 0;
  std::vector<double> weights(extent(test.valid_channels * outs));  // [in][out] of one tap
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    for (std::int64_t i = 0; i < test.valid_channels * outs; ++i) {
      const std::int64_t c = i / outs, k = i % outs;
      weights[extent(i)] = data.filter[extent(test.flipped() ? (c * taps + tap) * outs + k
                                                             : (k * taps + tap) * test.in_channels + c)];
    }
    for_some_channels(test.valid_channels, [&](std::int64_t first, std::int64_t last) {
      for_each_meeting(test, tap, [&](std::int64_t to, std::int64_t from) {
        for (std::int64_t c = first; c < last; ++c) {
          add_scaled(data.x[extent(from * test.in_channels + c)], &weights[extent(c * outs)], outs,
                     &y[extent(to * outs)]);
        }
      });
    });
  }
  return y;
}

std::vector<double> exact_gradient(const ConvolutionCase& test, const ConvolutionData& data) {
  const std::int64_t taps = test.kernel.volume(), outs = test.out_channels;
  const std::vector<double> dy(data.dy.begin(), data.dy.end());
  std::vector<double> gradient(extent(outs * taps * test.in_channels));
  std::vector<double> sums(extent(test.valid_channels * outs));  // [in][out] of one tap
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for_some_channels(test.valid_channels, [&](std::int64_t first, std::int64_t last) {
      for_each_meeting(test, tap, [&](std::int64_t at, std::int64_t from) {
        for (std::int64_t c = first; c < last; ++c) {
          add_scaled(data.x[extent(from * test.in_channels + c)], &dy[extent(at * outs)], outs,
                     &sums[extent(c * outs)]);
        }
      });
    });
    for (std::int64_t i = 0; i < test.valid_channels * outs; ++i) {
      gradient[extent((i % outs * taps + tap) * test.in_channels + i / outs)] = sums[extent(i)];
    }
  }
  return gradient;
}

Shape five(std::int64_t clips, const Extent3& extent, std::int64_t channels) {
  return {clips, extent.d, extent.h, extent.w, channels};
}

}  // namespace

std::int64_t source_of(std::int64_t output, std::int64_t tap, std::int64_t stride, std::int64_t pad,
                       std::int64_t extent, bool transposed) {
  if (!transposed) {
    const std::int64_t at = output * stride - pad + tap;
    return at >= 0 && at < extent ? at : -1;
  }
  const std::int64_t at = output + pad - tap;
  return at >= 0 && at % stride == 0 && at / stride < extent ? at / stride : -1;
}

ConvolutionData random_data(const ConvolutionCase& test) {
  Draws draws(test.seed);
  ConvolutionData data;
  const auto normal = [&](double scale) {
    const float value = static_cast<float>(draws.normal() * scale);
    return test.bf16 ? to_float(to_bfloat16(value)) : value;
  };
  constexpr float kQuietNaN = std::numeric_limits<float>::quiet_NaN();
  data.x.resize(extent(test.clips * test.in.volume() * test.in_channels));
  for (std::size_t i = 0; i < data.x.size(); ++i) {
    data.x[i] = static_cast<std::int64_t>(i) % test.in_channels < test.valid_channels ? normal(1) : kQuietNaN;
  }
  if (test.makes_gradient()) {
    data.dy.resize(extent(test.clips * test.out().volume() * test.out_channels));
    for (float& value : data.dy) value = normal(1);
    return data;
  }
  const double scale = std::sqrt(2 / static_cast<double>(test.kernel.volume() * test.valid_channels));
  const std::int64_t filters = test.flipped() ? test.valid_channels : test.out_channels;
  const std::int64_t channels = test.flipped() ? test.out_channels : test.in_channels;
  data.filter.resize(extent(filters * test.kernel.volume() * channels));
  for (std::size_t i = 0; i < data.filter.size(); ++i) {
    const bool counts = test.flipped() || static_cast<std::int64_t>(i) % channels < test.valid_channels;
    data.filter[i] = counts ? normal(scale) : kQuietNaN;
  }
  data.bias.resize(extent(test.out_channels));
  for (float& value : data.bias) value = normal(0.1);
  return data;
}

std::vector<double> exact_results(const ConvolutionCase& test, const ConvolutionData& data) {
  return test.makes_gradient() ? exact_gradient(test, data) : exact_outputs(test, data);
}

// On floats, which hold the numbers of bf16 too: rounded once, to float, and not twice.
std::vector<double> reference_results(const ConvolutionCase& test, const ConvolutionData& data) {
  const Conv3dGeometry geometry{.kernel = test.kernel,
                                .stride = test.stride,
                                .pad = test.pad,
                                .valid_input_channels = test.flipped() ? 0 : test.valid_channels};
  const Shape y = five(test.clips, test.out(), test.out_channels);
  const std::vector<float> no_bias(extent(test.out_channels));
  const float* bias = test.bias && !test.makes_gradient() ? data.bias.data() : no_bias.data();
  if (test.flipped()) {
    std::vector<float> dy, dx(extent(y.count()));
    for (std::size_t i = 0; i < data.x.size(); ++i) {  // dy has no other channels than the filters
      if (static_cast<std::int64_t>(i) % test.in_channels < test.valid_channels) dy.push_back(data.x[i]);
    }
    reference::conv3d_backward_data(
        geometry, host_tensor(data.filter.data(), five(test.valid_channels, test.kernel, test.out_channels)),
        host_tensor(dy.data(), five(test.clips, test.in, test.valid_channels)), host_tensor(dx.data(), y));
    std::vector<double> results(dx.begin(), dx.end());
    for (std::size_t i = 0; i < results.size(); ++i) results[i] += bias[i % extent(test.out_channels)];
    return results;
  }
  const ConstTensor x = host_tensor(data.x.data(), five(test.clips, test.in, test.in_channels));
  const Shape filter = five(test.out_channels, test.kernel, test.in_channels);
  if (test.makes_gradient()) {
    std::vector<float> gradient(extent(filter.count()));
    reference::conv3d_backward_filter(geometry, x, host_tensor(data.dy.data(), y),
                                      host_tensor(gradient.data(), filter), Tensor());
    return {gradient.begin(), gradient.end()};
  }
  std::vector<float> results(extent(y.count()));
  reference::conv3d_forward(geometry, Activation::none, x, host_tensor(data.filter.data(), filter),
                            host_tensor(bias, {test.out_channels}), host_tensor(results.data(), y));
  return {results.begin(), results.end()};
}

}  // namespace c3d::cpu
