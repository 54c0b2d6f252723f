// Filters' gradients from the gradient of a pooled output, against the same kernels reading the whole tensor.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "catch.h"
#include "draws.h"
#include "engine/core/bfloat16.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "kernels/cpu/memory/workspace.h"

namespace c3d::cpu {
namespace {

template <typename T>
T element_of(double value) {
  if constexpr (sizeof(T) == 2) {
    return to_bfloat16(static_cast<float>(value));
  } else {
    return static_cast<float>(value);
  }
}

template <typename T>
std::vector<T> random_values(std::int64_t count, Draws& draws) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(element_of<T>(static_cast<double>(draws.between(-64, 64)) / 32));
  }
  return values;
}

// A convolution's output gradient in both forms, and its input.
template <typename T>
struct Case {
  FilterGradientJob job;
  std::vector<T> x, dy, pooled_y, pooled_dy;
  std::vector<std::uint8_t> argmax;

  Case(const Extent3& extent, const Extent3& window, std::int64_t channels, std::int64_t filters,
       Draws& draws) {
    ConvolutionJob& conv = job.forward;
    conv.clips = 2;
    conv.in = conv.out = extent;
    conv.kernel = {3, 3, 3};
    conv.pad = {1, 1, 1};
    conv.in_channels = conv.valid_channels = channels;
    conv.out_channels = filters;
    const Extent3 pooled{extent.d / window.d, extent.h / 2, extent.w / 2};
    x = random_values<T>(conv.clips * extent.volume() * channels, draws);
    pooled_dy = random_values<T>(conv.clips * pooled.volume() * filters, draws);
    pooled_y = random_values<T>(conv.clips * pooled.volume() * filters, draws);
    for (std::size_t i = 0; i < pooled_y.size(); ++i) {
      argmax.push_back(static_cast<std::uint8_t>(draws.between(0, window.volume() - 1)));
      // What a dead output gets does not count, be it NaN.
      if (!(to_float(pooled_y[i]) > 0)) pooled_dy[i] = element_of<T>(std::nan(""));
    }
    if (!pooled_y.empty()) pooled_y[0] = element_of<T>(std::nan(""));
    unpool(pooled, window);
    conv.x = x.data();
    job.dy = dy.data();
  }
  PooledGradient source(const Extent3& window) const {
    const Extent3 &out = job.forward.out, pooled{out.d / window.d, out.h / 2, out.w / 2};
    return {.dy = pooled_dy.data(),
            .y = pooled_y.data(),
            .argmax = argmax.data(),
            .extent = pooled,
            .window = window};
  }

 private:
  void unpool(const Extent3& pooled, const Extent3& window) {
    const ConvolutionJob& conv = job.forward;
    dy.assign(static_cast<std::size_t>(conv.clips * conv.out.volume() * conv.out_channels), T{});
    std::size_t i = 0;
    for (std::int64_t plane = 0; plane < conv.clips * pooled.d; ++plane) {
      for (std::int64_t at = 0; at < pooled.h * pooled.w; ++at) {
        for (std::int64_t channel = 0; channel < conv.out_channels; ++channel, ++i) {
          if (!(to_float(pooled_y[i]) > 0)) continue;
          const std::int64_t d = plane % pooled.d * window.d + argmax[i] / 4;
          const std::int64_t h = at / pooled.w * 2 + argmax[i] / 2 % 2, w = at % pooled.w * 2 + argmax[i] % 2;
          const std::int64_t row = (plane / pooled.d * conv.out.d + d) * conv.out.h + h;
          dy[static_cast<std::size_t>((row * conv.out.w + w) * conv.out_channels + channel)] = pooled_dy[i];
        }
      }
    }
  }
};

std::vector<float> gradient(const ConvolutionKernel& kernel, FilterGradientJob job,
                            const Blocking& blocking) {
  constexpr int kThreads = 2;
  const ConvolutionJob& conv = job.forward;
  std::vector<float> result(static_cast<std::size_t>(conv.out_channels * 27 * conv.in_channels),
                            std::numeric_limits<float>::quiet_NaN());
  const auto bytes = static_cast<std::size_t>(kernel.gradient_scratch_bytes(kThreads, job, blocking));
  const AlignedBytes scratch = allocate_aligned(bytes);
  std::memset(scratch.get(), 0xff, bytes);
  job.dfilter = result.data();
  kernel.gradient(kThreads, job, blocking, scratch.get());
  return result;
}

template <typename T>
void check(const ConvolutionKernel& kernel, bool stem, Draws& draws) {
  for (const Extent3& window : {Extent3{1, 2, 2}, Extent3{2, 2, 2}}) {
    for (const Extent3& extent : {Extent3{4, 8, 8}, Extent3{5, 7, 11}, Extent3{2, 3, 2}, Extent3{2, 2, 9}}) {
      for (const Blocking& blocking :
           {Blocking{5, Division::private_tiles}, Blocking{7, Division::output_channels},
            Blocking{500, Division::output_channels}, Blocking{500, Division::transform_points}}) {
        const std::int64_t channels = stem ? draws.between(1, kMaxStemChannels) : draws.between(1, 40);
        const Case<T> test(extent, window, channels, draws.between(1, 70), draws);
        const std::vector<float> whole = gradient(kernel, test.job, blocking);
        FilterGradientJob job = test.job;
        job.dy = nullptr;
        job.pooled = test.source(window);
        const std::vector<float> pooled = gradient(kernel, job, blocking);
        double largest = 1, difference = 0;
        for (std::size_t i = 0; i < whole.size(); ++i) {
          const double error = std::abs(static_cast<double>(whole[i]) - static_cast<double>(pooled[i]));
          difference = error <= difference ? difference : error;  // NaN stays
          largest = std::max(largest, std::abs(static_cast<double>(whole[i])));
        }
        INFO(name_of(kernel.algorithm)
             << ", " << extent.d << "x" << extent.h << "x" << extent.w << ", window " << window.d << ", "
             << blocking.tiles << " tiles at a time");
        CHECK(difference <= 2e-6 * largest);
      }
    }
  }
}

template <typename T>
void check_all(const TypeKernels& kernels, Draws& draws) {
  CHECK_FALSE(kernels.convolution(Algorithm::direct).reads_pooled);
  CHECK(kernels.convolution(Algorithm::stem_1x4x4).reads_pooled);
  CHECK(kernels.convolution(Algorithm::stem_1x1x4).reads_pooled);
  for (const ConvolutionKernel& kernel : kernels.convolutions) {
    if (kernel.reads_pooled) check<T>(kernel, is_stem(kernel.algorithm), draws);
  }
}

TEST_CASE("a filter's gradient from a pooled gradient is that from the whole one", "[winograd]") {
  Draws draws(7);
  for (const KernelSet* set : usable_kernel_sets()) {
    INFO(set->name);
    check_all<float>(set->f32, draws);
    if (set->bf16_in_f32 != nullptr) check_all<BFloat16>(*set->bf16_in_f32, draws);
  }
}

TEST_CASE("a bias's gradient counts where the pooled value is positive", "[winograd]") {
  const std::vector<float> y{1, 0, -1, 2, std::nanf(""), 3}, dy{1, 2, 4, 8, 16, 32};
  for (const KernelSet* set : usable_kernel_sets()) {
    float dbias[2];
    std::vector<std::byte> scratch(static_cast<std::size_t>(set->f32.bias_scratch_bytes(2)));
    set->f32.bias_gradient(1, dy.data(), y.data(), 3, 2, dbias, scratch.data());
    CHECK(dbias[0] == 1);
    CHECK(dbias[1] == 40);
    set->f32.bias_gradient(1, dy.data(), nullptr, 3, 2, dbias, scratch.data());
    CHECK(dbias[0] == 21);
    CHECK(dbias[1] == 42);
  }
}

TEST_CASE("a bias's gradient is summed over channels that fill vectors and that do not", "[winograd]") {
  Draws draws(8);
  const std::int64_t positions = 131;
  for (const std::int64_t channels : {1, 4, 7, 8, 16, 17, 32, 48, 64, 80}) {
    const std::vector<float> dy = random_values<float>(positions * channels, draws);
    const std::vector<float> y = random_values<float>(positions * channels, draws);
    std::vector<double> all(static_cast<std::size_t>(channels)), alive(all);
    for (std::size_t i = 0; i < dy.size(); ++i) {
      all[i % all.size()] += static_cast<double>(dy[i]);
      if (y[i] > 0) alive[i % all.size()] += static_cast<double>(dy[i]);
    }
    for (const KernelSet* set : usable_kernel_sets()) {
      INFO(set->name << ", " << channels << " channels");
      std::vector<float> dbias(all.size());
      std::vector<std::byte> scratch(static_cast<std::size_t>(set->f32.bias_scratch_bytes(channels)));
      const auto equals = [&](const float* values, const std::vector<double>& wanted) {
        set->f32.bias_gradient(2, dy.data(), values, positions, channels, dbias.data(), scratch.data());
        return std::equal(dbias.begin(), dbias.end(), wanted.begin());  // thirty-seconds add up exactly
      };
      CHECK(equals(nullptr, all));
      CHECK(equals(y.data(), alive));
    }
  }
}

}  // namespace
}  // namespace c3d::cpu
