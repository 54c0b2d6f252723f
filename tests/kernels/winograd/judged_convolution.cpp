#include "judged_convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "draws.h"
#include "engine/core/bfloat16.h"

namespace c3d::cpu {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Aligned as the kernels want it, every byte 0xff: NaN as float and as bf16.
class Memory {
 public:
  explicit Memory(std::int64_t bytes)
      : bytes_(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), kAlignment))) {
    std::memset(bytes_.get(), 0xff, static_cast<std::size_t>(bytes));
  }
  std::byte* get() const { return bytes_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Delete {
    void operator()(std::byte* bytes) const { ::operator delete(bytes, kAlignment); }
  };
  std::unique_ptr<std::byte, Delete> bytes_;
};

void convert(float from, float& to) { to = from; }
void convert(float from, BFloat16& to) { to = to_bfloat16(from); }

template <typename T>
std::vector<T> converted(const std::vector<float>& values) {
  std::vector<T> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) convert(values[i], result[i]);
  return result;
}

std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

template <typename T>
ConvolutionResult convolve_as(const ConvolutionCase& test, const ConvolutionData& data) {
  const std::vector<T> x = converted<T>(data.x), filter = converted<T>(data.filter);
  const std::vector<T> bias = converted<T>(data.bias);
  std::vector<T> y =
      converted<T>(std::vector<float>(size(test.clips * test.pooled().volume() * test.out_channels), kNaN));
  ConvolutionResult result;
  if (test.argmax) result.argmax.assign(y.size(), 0xff);

  const ConvolutionKernel& kernel = test.kernels();
  const FilterJob filters{.filter = filter.data(),
                          .filters = test.mirrored ? test.used : test.out_channels,
                          .channels = test.mirrored ? test.out_channels : test.in_channels,
                          .used = test.mirrored ? test.out_channels : test.used,
                          .kernel = test.kernel,
                          .mirrored = test.mirrored};
  const Memory packed(kernel.filter_bytes(filters));
  kernel.pack(test.threads, filters, packed.get());
  const ConvolutionJob job{.clips = test.clips,
                           .in = test.in,
                           .out = test.out(),
                           .kernel = test.kernel,
                           .stride = test.stride,
                           .pad = test.pad,
                           .in_channels = test.in_channels,
                           .used = test.used,
                           .out_channels = test.out_channels,
                           .x = x.data(),
                           .bias = test.bias ? bias.data() : nullptr,
                           .y = y.data(),
                           .relu = test.relu,
                           .window = test.window,
                           .argmax = test.argmax ? result.argmax.data() : nullptr,
                           .transposed = test.mirrored && test.tile == Tile::direct,
                           .filters = packed.get()};
  const Memory scratch(kernel.scratch_bytes(test.threads, job, test.blocking));
  kernel.run(test.threads, job, test.blocking, scratch.get());
  for (const T value : y) result.y.push_back(to_float(value));
  return result;
}

// The input that output `p` takes tap `t` from along one axis; -1: none.
std::int64_t source(std::int64_t p, std::int64_t t, std::int64_t stride, std::int64_t pad,
                    std::int64_t extent, bool transposed) {
  if (!transposed) {
    const std::int64_t at = p * stride - pad + t;
    return at < extent ? at : -1;
  }
  const std::int64_t at = p + pad - t;
  return at >= 0 && at % stride == 0 && at / stride < extent ? at / stride : -1;
}

}  // namespace

const ConvolutionKernel& ConvolutionCase::kernels() const {
  const TypeKernels& type = bf16 ? *set->bf16 : set->f32;
  return narrow ? type.narrow : type.tiles[static_cast<int>(tile)];
}

Extent3 ConvolutionCase::out() const {
  if (mirrored && tile == Tile::direct) {
    const auto along = [](std::int64_t n, std::int64_t k, std::int64_t s, std::int64_t p) {
      return std::max<std::int64_t>(n * s - 1 - 2 * p + k, 0);  // the largest that leads to n
    };
    return {along(in.d, kernel.d, stride.d, pad.d), along(in.h, kernel.h, stride.h, pad.h),
            along(in.w, kernel.w, stride.w, pad.w)};
  }
  return output_extent(Conv3dGeometry{kernel, stride, pad}, in);
}

Extent3 ConvolutionCase::pooled() const {
  const Extent3 all = out();
  return {all.d / window.d, all.h / window.h, all.w / window.w};
}

bool ConvolutionCase::valid() const {
  if (pooled().volume() == 0 || used > in_channels) return false;
  if (narrow && (used > 4 || mirrored)) return false;
  if (window == Extent3{}) return !argmax;
  if (mirrored && tile == Tile::direct) return false;  // transposed jobs do not pool
  return relu && kernels().can_pool(window);
}

double ConvolutionCase::multiplications() const {
  return static_cast<double>(clips * out().volume() * kernel.volume() * used * out_channels);
}

double ConvolutionCase::tolerance() const {
  if (tile == Tile::direct) return bf16 ? 4e-3 : 2e-6;
  if (narrow) return bf16 ? 4e-3 : 2e-6;  // its products are of floats
  if (tile == Tile::t2x2x2) return bf16 ? 8e-3 : 1.5e-6;
  if (tile == Tile::t4x4x4) return bf16 ? 4.5e-2 : 6e-6;
  return bf16 ? 2.5e-2 : 4e-6;
}

std::string describe(const ConvolutionCase& t) {
  const auto extent = [](const Extent3& e) { return fmt::format("{}x{}x{}", e.d, e.h, e.w); };
  return fmt::format(
      "{} {} {}{}: {} clips of {}, kernel {}, stride {}, pad {}, {} of {} channels to {}, window {}{}{}{}; "
      "{} tiles at a time, {}, {} threads; seed {}",
      t.set->name, t.bf16 ? "bf16" : "f32", t.kernels().name, t.mirrored ? " mirrored" : "", t.clips,
      extent(t.in), extent(t.kernel), extent(t.stride), extent(t.pad), t.used, t.in_channels, t.out_channels,
      extent(t.window), t.argmax ? ", argmax" : "", t.bias ? ", bias" : "", t.relu ? ", relu" : "",
      t.blocking.tiles, t.blocking.shared ? "shared" : "private", t.threads, t.seed);
}

ConvolutionData random_data(const ConvolutionCase& test) {
  Draws draws(test.seed);
  ConvolutionData data;
  const auto normal = [&](double scale) {
    const float value = static_cast<float>(draws.normal() * scale);
    return test.bf16 ? to_float(to_bfloat16(value)) : value;
  };
  data.x.resize(size(test.clips * test.in.volume() * test.in_channels));
  for (std::size_t i = 0; i < data.x.size(); ++i) {
    data.x[i] = static_cast<std::int64_t>(i) % test.in_channels < test.used ? normal(1) : kNaN;
  }
  const double scale = std::sqrt(2 / static_cast<double>(test.kernel.volume() * test.used));
  const std::int64_t filters = test.mirrored ? test.used : test.out_channels;
  const std::int64_t channels = test.mirrored ? test.out_channels : test.in_channels;
  data.filter.resize(size(filters * test.kernel.volume() * channels));
  for (std::size_t i = 0; i < data.filter.size(); ++i) {
    const bool counts = test.mirrored || static_cast<std::int64_t>(i) % channels < test.used;
    data.filter[i] = counts ? normal(scale) : kNaN;
  }
  data.bias.resize(size(test.out_channels));
  for (float& value : data.bias) value = normal(0.1);
  return data;
}

ConvolutionResult convolve(const ConvolutionCase& test, const ConvolutionData& data) {
  return test.bf16 ? convolve_as<BFloat16>(test, data) : convolve_as<float>(test, data);
}

std::vector<double> exact_outputs(const ConvolutionCase& test, const ConvolutionData& data) {
  const Extent3 out = test.out(), in = test.in, kernel = test.kernel;
  const std::int64_t taps = kernel.volume(), outs = test.out_channels;
  const bool transposed = test.mirrored && test.tile == Tile::direct;
  std::vector<double> weights;  // [tap][in][out]
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    for (std::int64_t c = 0; c < test.used; ++c) {
      for (std::int64_t k = 0; k < outs; ++k) {
        const std::int64_t mirrored_tap = transposed ? tap : taps - 1 - tap;
        weights.push_back(data.filter[size(test.mirrored ? (c * taps + mirrored_tap) * outs + k
                                                         : (k * taps + tap) * test.in_channels + c)]);
      }
    }
  }
  std::vector<double> y;
  std::vector<double> sums(size(outs));
  for (std::int64_t at = 0; at < test.clips * out.volume(); ++at) {
    const std::int64_t pw = at % out.w, ph = at / out.w % out.h, pd = at / (out.w * out.h) % out.d;
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] = test.bias ? data.bias[k] : 0;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const std::int64_t td = tap / (kernel.h * kernel.w), th = tap / kernel.w % kernel.h,
                         tw = tap % kernel.w;
      const std::int64_t d = source(pd, td, test.stride.d, test.pad.d, in.d, transposed);
      const std::int64_t h = source(ph, th, test.stride.h, test.pad.h, in.h, transposed);
      const std::int64_t w = source(pw, tw, test.stride.w, test.pad.w, in.w, transposed);
      if (d < 0 || h < 0 || w < 0) continue;
      const std::int64_t clip = at / out.volume();
      const float* x = &data.x[size((((clip * in.d + d) * in.h + h) * in.w + w) * test.in_channels)];
      const double* weight = &weights[size(tap * test.used * outs)];
      for (std::int64_t c = 0; c < test.used; ++c, weight += outs) {
        for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += static_cast<double>(x[c]) * weight[k];
      }
    }
    y.insert(y.end(), sums.begin(), sums.end());
  }
  return y;
}

Verdict judge(const ConvolutionCase& test, const std::vector<double>& exact,
              const ConvolutionResult& result) {
  double squares = 0, errors = 0;
  for (const double value : exact) squares += value * value;
  const double rms = std::sqrt(squares / static_cast<double>(exact.size()));
  // Of one element, beside the rounding of what is written.
  const double most = 10 * test.tolerance() * rms, rounding = test.bf16 ? 1.0 / 256 : 1.0 / (1 << 23);
  Verdict verdict;
  const auto complain = [&](const std::string& what) {
    if (verdict.problem.empty()) verdict.problem = what;
  };
  for_each_window(test, [&](std::size_t i, const std::vector<std::size_t>& window) {
    double best = -std::numeric_limits<double>::infinity();
    for (const std::size_t at : window) best = std::max(best, exact[at]);
    if (test.relu) best = std::max(best, 0.0);
    const double error = result.y[i] - best;
    errors += error * error;
    if (!(std::abs(error) <= most + rounding * std::abs(best))) {
      complain(fmt::format("y[{}] is {} instead of {}", i, result.y[i], best));
    }
    if (!test.argmax) return;
    // The position of a value close to the largest; the first where all are zero after ReLU.
    const std::size_t where = result.argmax[i];
    if (where >= window.size()) return complain(fmt::format("argmax[{}] is {}", i, where));
    const double chosen = exact[window[where]];
    if (std::max(chosen, 0.0) < best - 2 * most || (where != 0 && chosen < -most)) {
      complain(fmt::format("argmax[{}] is {}: {}, the largest is {}", i, where, chosen, best));
    }
  });
  verdict.relative_error = std::sqrt(errors / static_cast<double>(result.y.size())) / rms;
  if (!(verdict.relative_error <= test.tolerance())) {
    complain(fmt::format("relative error {:.2e}", verdict.relative_error));
  }
  return verdict;
}

}  // namespace c3d::cpu
