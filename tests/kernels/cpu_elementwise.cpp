// The inner loops of every instruction set that this processor runs: all give the same values, SGD's and
// norms but for rounding.
#include "kernels/cpu/elementwise/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "catch.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "tests/support/array.h"

namespace c3d::cpu {
namespace {

constexpr std::int64_t kCount = 2003;  // whole vectors of every set, and a rest

// Numbers of both signs with zeros, infinities, NaN and a denormal among them.
template <typename T>
std::vector<T> numbers(std::uint64_t seed) {
  Floats random = random_array({kCount}, seed);
  random.values[3] = random.values[40] = 0;
  random.values[5] = -std::numeric_limits<float>::infinity();
  random.values[6] = std::numeric_limits<float>::infinity();
  random.values[7] = std::numeric_limits<float>::quiet_NaN();
  random.values[8] = std::numeric_limits<float>::denorm_min();
  random.values[9] = -1e-39f;
  std::vector<T> values(random.values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if constexpr (sizeof(T) == 2) {
      values[i] = to_bfloat16(random.values[i]);
    } else {
      values[i] = random.values[i];
    }
  }
  return values;
}

class Results {
 public:
  template <typename T>
  void add(const std::vector<T>& values) {
    const std::size_t size = bytes_.size();
    bytes_.resize(size + values.size() * sizeof(T));
    std::memcpy(bytes_.data() + size, values.data(), values.size() * sizeof(T));
  }
  friend bool operator==(const Results&, const Results&) = default;

 private:
  std::vector<unsigned char> bytes_;
};

// Max-pooling of three windows beside each other.
template <typename T>
void run_pools(const ElementKernels<T>& kernels, std::int64_t channels, Results& all) {
  constexpr std::int64_t kWindows = 3, kTaps = 8;
  const std::vector<T> x = numbers<T>(1), dy = numbers<T>(2);
  PoolWindows windows;
  windows.count = kWindows;
  windows.step = kTaps * channels;
  windows.taps = kTaps;
  for (std::int64_t tap = 0; tap < kTaps; ++tap) {
    windows.offset[static_cast<std::size_t>(tap)] = tap * channels;
    windows.position[static_cast<std::size_t>(tap)] = static_cast<std::int32_t>(tap);
  }
  const auto count = static_cast<std::size_t>(kWindows * channels);
  REQUIRE(x.size() >= kTaps * count);
  for (const float lowest : {0.0f, -std::numeric_limits<float>::infinity()}) {
    std::vector<T> pooled(count), gradient(kTaps * count);
    std::vector<std::uint8_t> argmax(count);
    kernels.pool_windows(windows, lowest, x.data(), channels, pooled.data(), nullptr);
    all.add(pooled);
    kernels.pool_windows(windows, lowest, x.data(), channels, pooled.data(), argmax.data());
    all.add(pooled);
    all.add(argmax);
    for (const T* values : {static_cast<const T*>(nullptr), static_cast<const T*>(pooled.data())}) {
      kernels.unpool_windows(windows, argmax.data(), values, dy.data(), channels, gradient.data());
      all.add(gradient);
    }
  }
}

// Rows shorter than a vector's pixels, and longer.
template <typename T>
void run_normalization(const ElementKernels<T>& kernels, Results& all) {
  const std::vector<float> means = random_array({3 * 112}, 5).values;
  for (const std::int64_t width : {1, 2, 5, 6, 19, 112}) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(3 * width));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
    const std::vector<float> row_means(means.begin(), means.begin() + 3 * width);
    for (int choice = 0; choice < 8; ++choice) {
      const PixelNumbers with{.mean = row_means.data(),
                              .mean_of_each_pixel = (choice & 1) != 0,
                              .scale = 0.3f,
                              .flip = (choice & 2) != 0,
                              .bgr = (choice & 4) != 0};
      std::vector<T> x(static_cast<std::size_t>(8 * width));
      kernels.normalize_row(with, bytes.data(), width, x.data());
      all.add(x);
    }
  }
}

// Every loop over elements of one type.
template <typename T>
void run(const ElementKernels<T>& kernels, Results& all) {
  const std::vector<T> x = numbers<T>(1);
  std::vector<T> y(kCount);
  kernels.relu(x.data(), y.data(), kCount);
  all.add(y);
  y = x;
  kernels.relu(y.data(), y.data(), kCount);
  all.add(y);
  std::vector<T> dy = numbers<T>(2);
  kernels.relu_backward(x.data(), dy.data(), kCount);
  all.add(dy);
  y = numbers<T>(3);
  kernels.accumulate(x.data(), y.data(), kCount);
  all.add(y);

  for (const std::int64_t channels : {64 + 8 + 3, 16, 32, 24, 1}) run_pools(kernels, channels, all);
  run_normalization(kernels, all);
}

Results run_all(const ElementwiseKernels& kernels) {
  Results all;
  run(kernels.f32, all);
  run(kernels.bf16, all);
  std::vector<BFloat16> rounded(kCount);
  kernels.round(numbers<float>(4).data(), rounded.data(), kCount);
  all.add(rounded);
  std::vector<float> widened(kCount);
  kernels.widen(rounded.data(), widened.data(), kCount);
  all.add(widened);
  return all;
}

// Parameters, velocity and second moment after a step.
struct Moved {
  std::vector<float> w, v, s;
};

}  // namespace

TEST_CASE("elementwise loops of every instruction set give the same bits") {
  const Results wanted = run_all(portable_kernels().elementwise);
  for (const KernelSet* set : usable_kernel_sets()) {
    INFO(set->name);
    CHECK(run_all(set->elementwise) == wanted);
  }
}

TEST_CASE("a step and a norm of every instruction set differ by rounding alone") {
  const OptimizerNumbers with{.momentum = 0.9f,
                              .weight_decay = 5e-4f,
                              .learning_rate = 0.01f,
                              .gradient_scale = 0.5f,
                              .beta2 = 0.99f,
                              .epsilon = 1e-3f,
                              .velocity_scale = 2,
                              .second_moment_scale = 3};
  const Floats w = random_array({kCount}, 1), g = random_array({kCount}, 2), v = random_array({kCount}, 3);
  Floats s = random_array({kCount}, 4);
  for (float& square : s.values) square *= square;
  double norm = 0;
  for (const float value : g.values) norm += static_cast<double>(value) * value;
  for (const KernelSet* set : usable_kernel_sets()) {
    INFO(set->name);
    const auto after = [&](OptimizerLoop loop) {
      Moved moved{w.values, v.values, s.values};
      loop(with, moved.w.data(), g.values.data(), moved.v.data(), moved.s.data(), kCount);
      return moved;
    };
    const ElementwiseKernels& loops = set->elementwise;
    const Moved sgd = after(loops.sgd), nesterov = after(loops.nesterov), caffe = after(loops.caffe),
                adamw = after(loops.adamw);
    std::vector<float> average = v.values;
    loops.average(0.25f, w.values.data(), average.data(), kCount);
    double error = 0;
    for (std::size_t i = 0; i < w.values.size(); ++i) {
      const double wi = w.values[i], vi = v.values[i], scaled = 0.5 * g.values[i];
      const double gradient = scaled + 5e-4 * wi, velocity = 0.9 * vi + gradient;
      const double step = 0.9 * vi + 0.01 * gradient;
      const double first = 0.9 * vi + 0.1 * scaled, second = 0.99 * s.values[i] + 0.01 * scaled * scaled;
      const double adam_step = 0.01 * (5e-4 * wi + 2 * first / (std::sqrt(3 * second) + 1e-3));
      error = std::max(
          {error, std::abs(sgd.v[i] - velocity), std::abs(sgd.w[i] - (wi - 0.01 * velocity)),
           std::abs(nesterov.v[i] - velocity),
           std::abs(nesterov.w[i] - (wi - 0.01 * (gradient + 0.9 * velocity))), std::abs(caffe.v[i] - step),
           std::abs(caffe.w[i] - (wi - step)), std::abs(adamw.v[i] - first), std::abs(adamw.s[i] - second),
           std::abs(adamw.w[i] - (wi - adam_step)), std::abs(average[i] - (vi + 0.25 * (wi - vi)))});
    }
    CHECK(error < 1e-6);
    CHECK(std::abs(set->elementwise.sum_of_squares(g.values.data(), kCount) - norm) < 1e-9 * norm);
  }
}

}  // namespace c3d::cpu
