// The ops over 8 bits, against sums in double written here; the CPU's against the reference's.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.h"
#include "tests/support/array.h"
#include "tests/support/backend_or_skip.h"

namespace c3d {
namespace {

using Eights = Array<Float8E4M3>;
using Halves = Array<BFloat16>;

// Rounded random values up to `most`.
Eights random_eights(const Shape& shape, std::uint64_t seed, float most) {
  const Floats values = random_array(shape, seed);
  Eights eights(shape, {});
  eights.values.reserve(values.values.size());
  for (const float value : values.values) eights.values.push_back(to_e4m3(value * most));
  return eights;
}

Halves random_halves(const Shape& shape, std::uint64_t seed) {
  const Floats values = random_array(shape, seed);
  Halves halves(shape, {});
  halves.values.reserve(values.values.size());
  for (const float value : values.values) halves.values.push_back(to_bfloat16(value));
  return halves;
}

template <typename T>
Array<T> empty_array(const Shape& shape) {
  return {shape, std::vector<T>(static_cast<std::size_t>(shape.count()))};
}

template <typename T>
std::vector<float> floats_of(const Array<T>& array) {
  std::vector<float> values;
  values.reserve(array.values.size());
  for (const T value : array.values) values.push_back(to_float(value));
  return values;
}

double value_at(const Eights& array, std::int64_t i) {
  return double{to_float(array.values[static_cast<std::size_t>(i)])};
}

// A convolution of 3x3x3 with one pixel of padding, at one place, in double.
double convolved(const Eights& x, const Eights& filter, std::array<std::int64_t, 4> place, std::int64_t k) {
  const auto [n, d, h, w] = place;
  const Shape &s = x.shape, &f = filter.shape;
  double sum = 0;
  for (std::int64_t tap = 0; tap < 27; ++tap) {
    const std::int64_t z = d + tap / 9 - 1, y = h + tap / 3 % 3 - 1, column = w + tap % 3 - 1;
    if (z < 0 || y < 0 || column < 0 || z >= s[1] || y >= s[2] || column >= s[3]) continue;
    for (std::int64_t c = 0; c < s[4]; ++c) {
      sum += value_at(x, (((n * s[1] + z) * s[2] + y) * s[3] + column) * s[4] + c) *
             value_at(filter, (k * 27 + tap) * f[4] + c);
    }
  }
  return sum;
}

// Within the rounding of sums in f32 of what double gives: `found` is one of the two roundings there.
void check_rounded(float found, double wanted) {
  const double slack = 1e-4 * std::max(1.0, std::abs(wanted));
  const auto lowest = to_float(to_e4m3(static_cast<float>(wanted - slack))),
             highest = to_float(to_e4m3(static_cast<float>(wanted + slack)));
  CHECK(found >= lowest);
  CHECK(found <= highest);
}

struct Layers {
  Eights x = random_eights({2, 3, 6, 5, 16}, 1, 200), filter = random_eights({24, 3, 3, 3, 16}, 2, 300);
  Floats factors = random_array({24}, 3), bias = random_array({24}, 4);
  Layers() {
    for (float& factor : factors.values) factor *= 1e-3f;
    for (float& shift : bias.values) shift *= 50;
  }
};

std::unique_ptr<Backend> fp8_backend(const std::string& device) {
  return backend_or_skip({.device = device, .precision = Precision::fp8});
}

TEST_CASE("a convolution of e4m3 is the rounded sum times the factor plus the bias") {
  const Layers l;
  for (const char* device : {"reference", "cpu"}) {
    const auto backend = fp8_backend(device);
    if (backend == nullptr) continue;
    for (const Activation activation : {Activation::none, Activation::relu}) {
      INFO(device);
      Eights y = empty_array<Float8E4M3>({2, 3, 6, 5, 24});
      backend->conv3d_e4m3_forward({}, activation, l.x, l.filter, l.factors, l.bias, y);
      int negative = 0, largest = 0;
      for (std::int64_t i = 0; i < y.shape.count(); ++i) {
        const std::int64_t k = i % 24, at = i / 24;
        const double sum = convolved(l.x, l.filter, {at / 90, at / 30 % 3, at / 5 % 6, at % 5}, k);
        double wanted = sum * double{l.factors.values[static_cast<std::size_t>(k)]} +
                        double{l.bias.values[static_cast<std::size_t>(k)]};
        if (activation == Activation::relu) wanted = std::max(wanted, 0.0);
        const float found = to_float(y.values[static_cast<std::size_t>(i)]);
        check_rounded(found, wanted);
        negative += found < 0 ? 1 : 0;
        largest += std::abs(found) == kLargestE4M3 ? 1 : 0;
      }
      CHECK((negative > 0) == (activation == Activation::none));
      CHECK(largest > 0);  // some were too large
    }
  }
}

TEST_CASE("a matrix product of e4m3 gives e4m3 or bf16") {
  const Eights x = random_eights({3, 40}, 1, 100), weight = random_eights({8, 40}, 2, 200);
  const Floats factors({8}, std::vector<float>(8, 1.0f / 1024)), bias = random_array({8}, 3);
  for (const char* device : {"reference", "cpu"}) {
    const auto backend = fp8_backend(device);
    if (backend == nullptr) continue;
    INFO(device);
    Eights narrow = empty_array<Float8E4M3>({3, 8});
    Halves wide = empty_array<BFloat16>({3, 8});
    backend->linear_e4m3_forward(Activation::none, x, weight, factors, bias, narrow);
    backend->linear_e4m3_forward(Activation::none, x, weight, factors, bias, wide);
    for (std::int64_t i = 0; i < 24; ++i) {
      double wanted = 0;
      for (std::int64_t j = 0; j < 40; ++j) {
        wanted += value_at(x, i / 8 * 40 + j) * value_at(weight, i % 8 * 40 + j);
      }
      wanted = wanted / 1024 + double{bias.values[static_cast<std::size_t>(i % 8)]};
      check_rounded(to_float(narrow.values[static_cast<std::size_t>(i)]), wanted);
      CHECK(double{to_float(wide.values[static_cast<std::size_t>(i)])} ==
            Approx(wanted).epsilon(1.0 / 256).margin(1e-4));
    }
  }
}

// Every op of fp8, in f32, one after the other.
std::vector<float> run_all(Backend& backend) {
  const Layers l;
  std::vector<float> all;
  const auto keep = [&](const std::vector<float>& values) {
    all.insert(all.end(), values.begin(), values.end());
  };
  Eights y = empty_array<Float8E4M3>({2, 3, 6, 5, 24}), pooled = empty_array<Float8E4M3>({2, 1, 3, 2, 24}),
         first = empty_array<Float8E4M3>({1, 2, 3, 3, 16});
  backend.conv3d_e4m3_forward({}, Activation::relu, l.x, l.filter, l.factors, l.bias, y);
  keep(floats_of(y));
  backend.max_pool3d_forward({}, y, pooled, {});
  keep(floats_of(pooled));
  Halves wide = empty_array<BFloat16>(pooled.shape);
  backend.e4m3_values(0.25f, pooled, wide);
  keep(floats_of(wide));
  const Halves x = random_halves({1, 4, 6, 6, 8}, 5), filter = random_halves({16, 3, 3, 3, 8}, 6),
               bias = random_halves({16}, 7);
  backend.conv3d_max_pool3d_to_e4m3_forward({}, {}, x, filter, bias, 64, first);
  keep(floats_of(first));
  Halves convolution = empty_array<BFloat16>({1, 4, 6, 6, 16});
  backend.conv3d_forward({}, Activation::none, x, filter, bias, convolution);
  keep(floats_of(convolution));
  const Eights rows = random_eights({3, 64}, 8, 20), weight = random_eights({32, 64}, 9, 40);
  const Floats factors({32}, std::vector<float>(32, 1.0f / 64)), shift = random_array({32}, 10);
  Eights narrow = empty_array<Float8E4M3>({3, 32});
  Halves results = empty_array<BFloat16>({3, 32});
  backend.linear_e4m3_forward(Activation::relu, rows, weight, factors, shift, narrow);
  keep(floats_of(narrow));
  backend.linear_e4m3_forward(Activation::none, rows, weight, factors, shift, results);
  keep(floats_of(results));
  return all;
}

TEST_CASE(
    "the cpu's 8 bits are the reference's but for sums that f32 rounds elsewhere, and the same each time") {
  const auto cpu = fp8_backend("cpu"), reference = fp8_backend("reference");
  if (cpu == nullptr) return;
  const std::vector<float> found = run_all(*cpu), wanted = run_all(*reference);
  CHECK(run_all(*cpu) == found);
  REQUIRE(found.size() == wanted.size());
  int different = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    different += found[i] == wanted[i] ? 0 : 1;
    // One step of e4m3 at the most.
    CHECK(std::abs(found[i] - wanted[i]) <= std::max(std::abs(wanted[i]) / 7, 1.0f / 512));
  }
  CHECK(different <= static_cast<int>(found.size() / 200));
}

// Hopper's tensor cores align the products that they add at a time to the largest of these, and drop what lies some 13 bits
// below it. Products here are up to 60 000, and factors a thousandth: results miss by up to one.
constexpr float kTensorCoreSlack = 1;

TEST_CASE(
    "cuda's 8 bits are the reference's but for the tensor cores' shorter sums, and the same each time") {
  const auto cuda = fp8_backend("cuda");
  if (cuda == nullptr) return;
  const std::vector<float> found = run_all(*cuda), wanted = run_all(*fp8_backend("reference"));
  CHECK(run_all(*cuda) == found);
  REQUIRE(found.size() == wanted.size());
  int different = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    different += found[i] == wanted[i] ? 0 : 1;
    CHECK(std::abs(found[i] - wanted[i]) <= std::abs(wanted[i]) / 7 + kTensorCoreSlack);
  }
  CHECK(different <= static_cast<int>(found.size() / 10));
}

TEST_CASE("NaN passes through 8 bits") {
  for (const char* device : {"reference", "cpu"}) {
    const auto backend = fp8_backend(device);
    if (backend == nullptr) continue;
    INFO(device);
    Layers l;
    l.x.values[0] = to_e4m3(std::numeric_limits<float>::quiet_NaN());
    Eights y = empty_array<Float8E4M3>({2, 3, 6, 5, 24});
    backend->conv3d_e4m3_forward({}, Activation::relu, l.x, l.filter, l.factors, l.bias, y);
    CHECK(std::isnan(to_float(y.values.front())));
    CHECK_FALSE(std::isnan(to_float(y.values.back())));
  }
}

TEST_CASE("8 bits are refused where they do not fit, and gradients in fp8") {
  const auto fp8 = make_backend({.device = "reference", .precision = Precision::fp8}),
             f32 = make_backend({.device = "reference"});
  const Layers l;
  Eights y = empty_array<Float8E4M3>({2, 3, 6, 5, 24});
  const auto convolve = [&](Backend& backend, ConstTensor x, ConstTensor factors, Tensor to) {
    return message_of(
        [&] { backend.conv3d_e4m3_forward({}, Activation::none, x, l.filter, factors, l.bias, to); });
  };
  CHECK(convolve(*fp8, l.x, l.factors, y) == "no error");
  const Floats wide({2, 3, 6, 5, 16}), short_factors({23});
  CHECK_THAT(convolve(*fp8, wide, l.factors, y),
             Catch::Contains("conv3d of e4m3") && Catch::Contains("x must"));
  CHECK_THAT(convolve(*fp8, l.x, short_factors, y), Catch::Contains("factors"));
  Floats wide_y({2, 3, 6, 5, 24});
  CHECK_THAT(convolve(*fp8, l.x, l.factors, wide_y), Catch::Contains("y must be e4m3 or bf16"));
  const Halves dy = random_halves({2, 3, 6, 5, 24}, 1), filter = random_halves({24, 3, 3, 3, 16}, 2);
  Halves dx = empty_array<BFloat16>({2, 3, 6, 5, 16});
  CHECK_THAT(message_of([&] { fp8->conv3d_backward_data({}, filter, dy, dx); }),
             Catch::Contains("no gradients in fp8"));
}

}  // namespace
}  // namespace c3d
