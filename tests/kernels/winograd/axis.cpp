// The transforms' identities, proven: each is linear in its arguments, so that exact equality for all unit
// vectors is equality for all numbers.
#include "kernels/cpu/winograd/axis.h"

#include "catch.h"
#include "rational.h"

namespace c3d::cpu {
namespace {

template <int Size>
struct Unit {
  Rational at[Size];
  explicit Unit(int i) { at[i] = 1; }
};

template <int Outputs>
void check_convolution() {
  using A = Axis<Outputs>;
  constexpr int kPoints = A::kPoints;
  STATIC_REQUIRE(A::kOutputs == Outputs);
  STATIC_REQUIRE(kPoints == Outputs + 2);
  for (int i = 0; i < kPoints; ++i) {
    for (int t = 0; t < 3; ++t) {
      Rational data[kPoints], filter[kPoints], products[kPoints], y[Outputs];
      A::input(Unit<kPoints>(i).at, data);
      A::filter(Unit<3>(t).at, filter);
      for (int p = 0; p < kPoints; ++p) products[p] = data[p] * filter[p];
      A::output(products, y);
      INFO("input " << i << ", tap " << t);
      for (int o = 0; o < Outputs; ++o) CHECK(y[o] == Rational(o + t == i ? 1 : 0));
    }
  }
}

// dg[t] = sum over outputs of dy[o] d[o + t], from the same points.
template <int Outputs>
void check_gradient() {
  using A = Axis<Outputs>;
  constexpr int kPoints = A::kPoints;
  for (int i = 0; i < kPoints; ++i) {
    for (int o = 0; o < Outputs; ++o) {
      Rational data[kPoints], gradient[kPoints], products[kPoints], dg[3];
      A::input(Unit<kPoints>(i).at, data);
      A::output_transposed(Unit<Outputs>(o).at, gradient);
      for (int p = 0; p < kPoints; ++p) products[p] = data[p] * gradient[p];
      A::filter_transposed(products, dg);
      INFO("input " << i << ", output " << o);
      for (int t = 0; t < 3; ++t) CHECK(dg[t] == Rational(o + t == i ? 1 : 0));
    }
  }
}

template <int Outputs>
void check_transposes() {
  using A = Axis<Outputs>;
  constexpr int kPoints = A::kPoints;
  for (int p = 0; p < kPoints; ++p) {
    Rational output[Outputs], taps[3];
    A::output(Unit<kPoints>(p).at, output);
    A::filter_transposed(Unit<kPoints>(p).at, taps);
    for (int o = 0; o < Outputs; ++o) {
      Rational points[kPoints];
      A::output_transposed(Unit<Outputs>(o).at, points);
      CHECK(points[p] == output[o]);
    }
    for (int t = 0; t < 3; ++t) {
      Rational points[kPoints];
      A::filter(Unit<3>(t).at, points);
      CHECK(points[p] == taps[t]);
    }
  }
}

TEST_CASE("Winograd's products along one axis are the correlation, exactly", "[winograd]") {
  check_convolution<2>();
  check_convolution<4>();
}

TEST_CASE("the transposed form is the filter's gradient, exactly", "[winograd]") {
  check_gradient<2>();
  check_gradient<4>();
}

TEST_CASE("the transposed transforms are the transforms' transposes", "[winograd]") {
  check_transposes<2>();
  check_transposes<4>();
}

}  // namespace
}  // namespace c3d::cpu
