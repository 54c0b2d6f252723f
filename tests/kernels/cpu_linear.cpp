// The fully connected layer of every instruction set and type against sums in double, in sizes that fill no
// block: rows of a batch, inputs and outputs that no vector divides.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <type_traits>

#include "catch.h"
#include "engine/core/philox.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

struct Sizes {
  std::int64_t rows, inputs, outputs;
};

// Numbers of both signs that bf16 holds exactly.
template <typename T>
Array<T> draw(const Shape& shape, std::uint64_t seed) {
  Array<T> array{shape, std::vector<T>(static_cast<std::size_t>(shape.count()))};
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    const BFloat16 value = to_bfloat16(uniform_float(philox(seed, i, 0).word[0]) - 0.5f);
    if constexpr (std::is_same_v<T, float>) {
      array.values[i] = to_float(value);
    } else {
      array.values[i] = value;
    }
  }
  return array;
}

// Norm of got - wanted over the norm of wanted.
template <typename T>
double error_of(const std::vector<T>& got, const std::vector<double>& wanted) {
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double d = static_cast<double>(to_float(got[i])) - wanted[i];
    difference += d * d;
    norm += wanted[i] * wanted[i];
  }
  return std::sqrt(difference / norm);
}

template <typename T>
struct Layer {
  explicit Layer(const Sizes& s)
      : sizes(s),
        x(draw<T>({s.rows, s.inputs}, 1)),
        weight(draw<T>({s.outputs, s.inputs}, 2)),
        bias(draw<T>({s.outputs}, 3)),
        dy(draw<T>({s.rows, s.outputs}, 4)),
        y({s.rows, s.outputs}, std::vector<T>(dy.values.size())),
        dx(x.shape, std::vector<T>(x.values.size())),
        dweight(weight.shape),
        dbias(bias.shape) {}

  void run(Backend& backend) {
    backend.linear_forward(Activation::none, x, weight, bias, y);
    backend.linear_backward(x, weight, dy, dx, dweight, dbias);
  }

  // y, dx and dweight.
  std::array<double, 3> errors() const {
    const auto value = [](const Array<T>& array, std::int64_t i) {
      return static_cast<double>(to_float(array.values[static_cast<std::size_t>(i)]));
    };
    std::vector<double> sums(y.values.size()), xs(dx.values.size()), weights(dweight.values.size());
    for (std::int64_t n = 0; n < sizes.rows; ++n) {
      for (std::int64_t o = 0; o < sizes.outputs; ++o) {
        double sum = value(bias, o);
        for (std::int64_t i = 0; i < sizes.inputs; ++i) {
          const std::int64_t at_x = n * sizes.inputs + i, at_weight = o * sizes.inputs + i;
          sum += value(x, at_x) * value(weight, at_weight);
          xs[static_cast<std::size_t>(at_x)] += value(dy, n * sizes.outputs + o) * value(weight, at_weight);
          weights[static_cast<std::size_t>(at_weight)] += value(dy, n * sizes.outputs + o) * value(x, at_x);
        }
        sums[static_cast<std::size_t>(n * sizes.outputs + o)] = sum;
      }
    }
    return {error_of(y.values, sums), error_of(dx.values, xs), error_of(dweight.values, weights)};
  }

  Sizes sizes;
  Array<T> x, weight, bias, dy, y, dx;
  Floats dweight, dbias;
};

// bf16 results are rounded to 8 bits; their sums and the weights' gradient are f32.
constexpr double kRounding = 3e-6, kBf16Rounding = 4e-3;

template <typename T>
std::string problems(Backend& backend, const Sizes& sizes) {
  const double rounded = std::is_same_v<T, float> ? kRounding : kBf16Rounding;
  Layer<T> layer(sizes);
  layer.run(backend);
  const auto [y, dx, dweight] = layer.errors();
  if (y <= rounded && dx <= rounded && dweight <= kRounding) return {};
  return fmt::format("{}x{}x{}: y {:.1e}, dx {:.1e}, dweight {:.1e}\n", sizes.rows, sizes.inputs,
                     sizes.outputs, y, dx, dweight);
}

// Each number of rows up to 33, with sizes below, at and above those of vectors, blocks and tiles.
template <typename T>
std::string all_problems(Backend& backend) {
  std::string all;
  for (std::int64_t rows = 1; rows <= 33; ++rows) {
    for (const std::int64_t inputs : {1, 5, 16, 47, 129}) {
      for (const std::int64_t outputs : {1, 3, 16, 29}) all += problems<T>(backend, {rows, inputs, outputs});
    }
  }
  for (const Sizes& sizes : {Sizes{2, 433, 70}, Sizes{9, 800, 50}, Sizes{3, 1024, 1040}})
    all += problems<T>(backend, sizes);
  return all;
}

template <typename T>
std::vector<float> results(const std::string& set, Precision precision, int threads) {
  const auto backend = make_cpu_backend({.precision = precision, .threads = threads, .instruction_set = set});
  Layer<T> layer({13, 1100, 1203});
  layer.run(*backend);
  std::vector<float> all = layer.dweight.values;
  for (const Array<T>* part : {&layer.y, &layer.dx}) {
    for (const T value : part->values) all.push_back(to_float(value));
  }
  return all;
}

}  // namespace

TEST_CASE("linear layers of every instruction set give the sums of double") {
  for (const cpu::KernelSet* set : cpu::usable_kernel_sets()) {
    INFO(set->name);
    const auto backend = make_cpu_backend({.threads = 2, .instruction_set = set->name});
    CHECK(all_problems<float>(*backend) == "");
    if (set->bf16 == nullptr) continue;
    const auto bf16 =
        make_cpu_backend({.precision = Precision::bf16, .threads = 2, .instruction_set = set->name});
    CHECK(all_problems<BFloat16>(*bf16) == "");
  }
}

TEST_CASE("linear layers give the same bits with any number of threads") {
  for (const cpu::KernelSet* set : cpu::usable_kernel_sets()) {
    INFO(set->name);
    const std::vector<float> one = results<float>(set->name, Precision::f32, 1);
    CHECK(one == results<float>(set->name, Precision::f32, 2));
    CHECK(one == results<float>(set->name, Precision::f32, 5));
    if (set->bf16 == nullptr) continue;
    CHECK(results<BFloat16>(set->name, Precision::bf16, 1) ==
          results<BFloat16>(set->name, Precision::bf16, 3));
  }
}

}  // namespace c3d
