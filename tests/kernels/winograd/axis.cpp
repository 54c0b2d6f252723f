// The transforms' identities, proven: each is linear in its arguments, so that exact equality for all unit
// vectors is equality for all numbers.
#include "kernels/cpu/convolution/winograd/axis.h"

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

// What the matrices are: A and G evaluate polynomials at the points, G up to a factor of the point's own; B,
// the transpose of the input's, makes the coefficients of the product of two polynomials from the product of
// their values.
template <int Outputs>
void check_polynomials(const Rational (&points)[Outputs + 1]) {
  using A = Axis<Outputs>;
  constexpr int kPoints = A::kPoints;
  // Of x^o, of x^t; back: B^T of each x^i.
  Rational h[Outputs][kPoints], g[3][kPoints], back[kPoints][kPoints];
  for (int o = 0; o < Outputs; ++o) A::output_transposed(Unit<Outputs>(o).at, h[o]);
  for (int t = 0; t < 3; ++t) A::filter(Unit<3>(t).at, g[t]);
  for (int i = 0; i < kPoints; ++i) A::input(Unit<kPoints>(i).at, back[i]);
  for (int p = 0; p <= Outputs; ++p) {
    CHECK(h[0][p] == Rational(1));
    CHECK_FALSE(g[0][p] == Rational(0));
    for (int o = 1; o < Outputs; ++o) CHECK(h[o][p] == points[p] * h[o - 1][p]);
    for (int t = 1; t < 3; ++t) CHECK(g[t][p] == points[p] * g[t - 1][p]);
  }
  // The last point is infinity: the leading coefficient.
  for (int o = 0; o < Outputs; ++o) CHECK(h[o][Outputs + 1] == Rational(o == Outputs - 1 ? 1 : 0));
  for (int t = 0; t < 3; ++t) CHECK(g[t][Outputs + 1] == Rational(t == 2 ? 1 : 0));
  for (int o = 0; o < Outputs; ++o) {
    for (int t = 0; t < 3; ++t) {
      for (int i = 0; i < kPoints; ++i) {
        Rational coefficient;
        for (int p = 0; p < kPoints; ++p) coefficient = coefficient + back[i][p] * (g[t][p] * h[o][p]);
        INFO("x^" << o << " times x^" << t << ", coefficient of x^" << i);
        CHECK(coefficient == Rational(i == o + t ? 1 : 0));
      }
    }
  }
}

TEST_CASE("the matrices multiply polynomials by their values at the points, exactly", "[winograd]") {
  check_polynomials<2>({0, 1, -1});
  check_polynomials<4>({0, Rational(3, 4), Rational(-3, 4), Rational(3, 2), Rational(-3, 2)});
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
