#include "judged_convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "allowance.h"
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

ConvolutionJob shape_of(const ConvolutionCase& test) {
  ConvolutionJob job;
  job.clips = test.clips;
  job.in = test.in;
  job.out = test.out();
  job.kernel = test.kernel;
  job.stride = test.stride;
  job.pad = test.pad;
  job.in_channels = test.in_channels;
  job.valid_channels = test.valid_channels;
  job.out_channels = test.out_channels;
  return job;
}

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
                          .filters = test.flipped() ? test.valid_channels : test.out_channels,
                          .channels = test.flipped() ? test.out_channels : test.in_channels,
                          .valid_channels = test.flipped() ? test.out_channels : test.valid_channels,
                          .kernel = test.kernel,
                          .flipped = test.flipped()};
  const Memory packed(kernel.filter_bytes(filters));
  kernel.pack(test.threads, filters, packed.get());
  ConvolutionJob job = shape_of(test);
  if (test.flipped() && test.algorithm != Algorithm::direct) {
    job.pad = {2 - test.pad.d, 2 - test.pad.h, 2 - test.pad.w};
  }
  job.x = x.data();
  job.bias = test.bias ? bias.data() : nullptr;
  job.y = y.data();
  job.relu = test.relu;
  job.window = test.window;
  job.argmax = test.argmax ? result.argmax.data() : nullptr;
  job.transposed = test.flipped() && test.algorithm == Algorithm::direct;
  job.filters = packed.get();
  const Memory scratch(kernel.scratch_bytes(test.threads, job, test.blocking));
  kernel.run(test.threads, job, test.blocking, scratch.get());
  for (const T value : y) result.y.push_back(to_float(value));
  return result;
}

template <typename T>
ConvolutionResult gradient_as(const ConvolutionCase& test, const ConvolutionData& data) {
  const std::vector<T> x = converted<T>(data.x), dy = converted<T>(data.dy);
  ConvolutionResult result;
  result.y.assign(size(test.out_channels * test.kernel.volume() * test.in_channels), kNaN);
  FilterGradientJob job;
  job.forward = shape_of(test);
  job.forward.x = x.data();
  job.dy = dy.data();
  job.dfilter = result.y.data();
  const ConvolutionKernel& kernel = test.kernels();
  const Memory scratch(kernel.gradient_scratch_bytes(test.threads, job, test.blocking));
  kernel.gradient(test.threads, job, test.blocking, scratch.get());
  return result;
}

}  // namespace

const ConvolutionKernel& ConvolutionCase::kernels() const {
  const TypeKernels& type = !bf16 ? set->f32 : f32_products ? *set->bf16_in_f32 : *set->bf16;
  return type.convolution(algorithm);
}

Extent3 ConvolutionCase::out() const {
  if (flipped()) {
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
  if (pooled().volume() == 0 || valid_channels > in_channels) return false;
  if (stem() && (valid_channels > 4 || flipped())) return false;
  if (makes_gradient()) return window == Extent3{} && !argmax && !bias && !relu;
  if (window == Extent3{}) return !argmax;
  if (flipped() && algorithm == Algorithm::direct) return false;  // transposed jobs do not pool
  return relu && kernels().can_pool(window);
}

double ConvolutionCase::multiplications() const {
  return static_cast<double>(clips * out().volume() * kernel.volume() * valid_channels * out_channels);
}

bool ConvolutionCase::rounds_transforms() const {
  return makes_gradient() ? kernels().gradient_rounds_transforms : kernels().rounds_transforms;
}

double ConvolutionCase::tolerance() const {
  const bool rounds_results = bf16 && !makes_gradient();
  if (rounds_transforms()) {
    if (algorithm == Algorithm::winograd_2x1x1) return 5e-3;
    if (algorithm == Algorithm::winograd_4x1x1 || algorithm == Algorithm::winograd_2x2x2) return 8e-3;
    return algorithm == Algorithm::winograd_4x4x4 ? 4.5e-2 : 2.5e-2;
  }
  if (rounds_results) return 4e-3;
  if (algorithm == Algorithm::direct) return 3e-6;  // measured: 2.1e-6 with 512 channels
  if (stem()) return 2e-6;
  if (algorithm == Algorithm::winograd_2x2x2) return 1.5e-6;
  // Measured: 5.3e-6 of whole clips by 4x4x4, 7.1e-6 of an input of one position, whose sums are short.
  return algorithm == Algorithm::winograd_4x4x4 ? 9e-6 : 6e-6;
}

namespace {

const char* pass_name(ConvolutionPass pass) {
  if (pass == ConvolutionPass::forward) return "forward";
  return pass == ConvolutionPass::backward_data ? "backward data" : "backward filter";
}

// As for_each_window, also over a filter's gradient, whose elements stand by themselves.
template <typename F>
void for_each_result(const ConvolutionCase& test, std::size_t results, const F& f) {
  if (!test.makes_gradient()) return for_each_window(test, f);
  std::vector<std::size_t> window(1);
  for (std::size_t i = 0; i < results; ++i) {
    window[0] = i;
    f(i, window);
  }
}

}  // namespace

std::string describe(const ConvolutionCase& t) {
  const auto extent = [](const Extent3& e) { return fmt::format("{}x{}x{}", e.d, e.h, e.w); };
  return fmt::format(
      "{} {} {} {}: {} clips of {}, kernel {}, stride {}, pad {}, {} of {} channels to {}, window {}{}{}{}; "
      "{} tiles at a time, {}, {} threads; seed {}",
      t.set->name,
      !t.bf16          ? "f32"
      : t.f32_products ? "bf16 in f32"
                       : "bf16",
      name_of(t.algorithm), pass_name(t.pass), t.clips, extent(t.in), extent(t.kernel), extent(t.stride),
      extent(t.pad), t.valid_channels, t.in_channels, t.out_channels, extent(t.window),
      t.argmax ? ", argmax" : "", t.bias ? ", bias" : "", t.relu ? ", relu" : "", t.blocking.tiles,
      std::array{"apart", "by channels", "by points"}[static_cast<std::size_t>(t.blocking.division)],
      t.threads, t.seed);
}

ConvolutionResult convolve(const ConvolutionCase& test, const ConvolutionData& data) {
  if (test.makes_gradient())
    return test.bf16 ? gradient_as<BFloat16>(test, data) : gradient_as<float>(test, data);
  return test.bf16 ? convolve_as<BFloat16>(test, data) : convolve_as<float>(test, data);
}

Verdict judge(const ConvolutionCase& test, const std::vector<double>& right,
              const ConvolutionResult& result) {
  double squares = 0, errors = 0;
  for (const double value : right) squares += value * value;
  // The gradients of channels that are not used are zero, and count as none.
  const double counted =
      test.makes_gradient() ? static_cast<double>(test.valid_channels) / static_cast<double>(test.in_channels)
                            : 1;
  const double rms = std::sqrt(squares / (counted * static_cast<double>(right.size())));
  const Allowance allowance(test, rms);
  const double rounding = test.bf16 && !test.makes_gradient() ? 1.0 / 256 : 1.0 / (1 << 23);
  Verdict verdict;
  const auto complain = [&](const std::string& what) {
    if (verdict.problem.empty()) verdict.problem = what;
  };
  for_each_result(test, result.y.size(), [&](std::size_t i, const std::vector<std::size_t>& window) {
    std::size_t largest = window[0];
    double high = -std::numeric_limits<double>::infinity();  // another of the window may come out larger
    for (const std::size_t at : window) {
      if (right[at] > right[largest]) largest = at;
      high = std::max(high, right[at] + allowance(at, right[at]));
    }
    double best = right[largest], low = best - allowance(largest, best);
    if (test.relu) {
      for (double* value : {&best, &low, &high}) *value = std::max(*value, 0.0);
    }
    const double y = result.y[i], error = y - best, rounded = rounding * std::abs(best);
    errors += error * error;
    if (!(low - rounded <= y && y <= high + rounded))
      complain(fmt::format("y[{}] is {} instead of {}", i, y, best));
    if (!test.argmax) return;
    // The position of a value close to the largest; the first where all are zero after ReLU.
    const std::size_t where = result.argmax[i];
    if (where >= window.size()) return complain(fmt::format("argmax[{}] is {}", i, where));
    const double chosen = right[window[where]], most = chosen + allowance(window[where], chosen);
    if (std::max(most, 0.0) < low || (where != 0 && most < 0)) {
      complain(fmt::format("argmax[{}] is {}: {}, the largest is {}", i, where, chosen, best));
    }
  });
  // All zero where no output sees an input. A norm of few results varies, and so does one of few inputs,
  // whose roundings the results share.
  const double results = counted * static_cast<double>(result.y.size());
  const double inputs = static_cast<double>(test.clips * test.in.volume() * test.valid_channels);
  verdict.relative_error = errors == 0 ? 0 : std::sqrt(errors / results) / rms;
  if (!(verdict.relative_error <= test.tolerance() * (1 + 4 / std::sqrt(std::min(results, inputs))))) {
    complain(fmt::format("relative error {:.2e}", verdict.relative_error));
  }
  return verdict;
}

}  // namespace c3d::cpu
