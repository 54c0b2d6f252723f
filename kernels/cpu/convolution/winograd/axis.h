// Winograd's minimal filtering along one axis (Winograd 1980; Lavin and Gray 2015): M outputs of a filter of
// 3 taps from M + 2 products instead of 3 M. Seen as polynomials, data and filter are evaluated at M + 2
// points, multiplied point by point, and the product is read off again:
//
//   y = A^T [ (G g) * (B^T d) ]                d [M + 2] input, g [3] filter, y [M] output, * point by point
//
// The transposed form gives the filter's gradient from the same points:
//
//   dg = G^T [ (B^T d) * (A dy) ]
//
// In three dimensions each matrix is applied along d, h and w in turn. Points: 0, 3/4, -3/4, 3/2, -3/2 and
// infinity for 4 outputs (some 2 to 3 times less rounding error than the textbook's 0, 1, -1, 2, -2), 0, 1,
// -1 and infinity for 2. Each matrix has one definition here, for every tile, pass and instruction set: T is
// a vector of floats in the kernels and an exact rational number in the test that proves the identities.
//
// Arguments are arrays, results go to the last one; the two must not overlap.
#pragma once

#include <type_traits>

namespace c3d::cpu {

// n / d as the T's own number: a float beside vectors of floats.
template <typename T>
[[gnu::always_inline]] constexpr auto ratio(int n, int d) {
  if constexpr (std::is_class_v<T>) {
    return T(n, d);
  } else {
    return static_cast<float>(n) / static_cast<float>(d);
  }
}

template <int Outputs>
struct Axis;

// No transform: one output from one value.
template <>
struct Axis<1> {
  static constexpr int kOutputs = 1, kPoints = 1;

  template <typename T>
  [[gnu::always_inline]] static void input(const T (&d)[1], T (&v)[1]) {
    v[0] = d[0];
  }
  template <typename T>
  [[gnu::always_inline]] static void output_transposed(const T (&dy)[1], T (&m)[1]) {
    m[0] = dy[0];
  }
};

template <>
struct Axis<2> {
  static constexpr int kOutputs = 2, kPoints = 4;

  template <typename T>
  [[gnu::always_inline]] static void input(const T (&d)[4], T (&v)[4]) {  // B^T
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }
  template <typename T>
  [[gnu::always_inline]] static void filter(const T (&g)[3], T (&u)[4]) {  // G
    const auto half = ratio<T>(1, 2);
    const T even = half * (g[0] + g[2]), odd = half * g[1];
    u[0] = g[0];
    u[1] = even + odd;
    u[2] = even - odd;
    u[3] = g[2];
  }
  template <typename T>
  [[gnu::always_inline]] static void output(const T (&m)[4], T (&y)[2]) {  // A^T
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) + m[3];
  }
  template <typename T>
  [[gnu::always_inline]] static void output_transposed(const T (&dy)[2], T (&m)[4]) {  // A
    m[0] = dy[0];
    m[1] = dy[0] + dy[1];
    m[2] = dy[0] - dy[1];
    m[3] = dy[1];
  }
  template <typename T>
  [[gnu::always_inline]] static void filter_transposed(const T (&u)[4], T (&g)[3]) {  // G^T
    const auto half = ratio<T>(1, 2);
    const T sum = half * (u[1] + u[2]);
    g[0] = u[0] + sum;
    g[1] = half * (u[1] - u[2]);
    g[2] = sum + u[3];
  }
};

template <>
struct Axis<4> {
  static constexpr int kOutputs = 4, kPoints = 6;

  // With a = 3/4 and b = 3/2: a^2 = 9/16, b^2 = 9/4, a^2 b^2 = 81/64, a^2 + b^2 = 45/16.
  template <typename T>
  [[gnu::always_inline]] static void input(const T (&d)[6], T (&v)[6]) {  // B^T
    const auto a = ratio<T>(3, 4), b = ratio<T>(3, 2), a2 = ratio<T>(9, 16), b2 = ratio<T>(9, 4);
    const auto product = ratio<T>(81, 64), sum = ratio<T>(45, 16);
    const T even_a = d[4] - b2 * d[2], odd_a = d[3] - b2 * d[1];
    const T even_b = d[4] - a2 * d[2], odd_b = d[3] - a2 * d[1];
    v[0] = product * d[0] + (d[4] - sum * d[2]);
    v[1] = even_a + a * odd_a;
    v[2] = even_a - a * odd_a;
    v[3] = even_b + b * odd_b;
    v[4] = even_b - b * odd_b;
    v[5] = product * d[1] + (d[5] - sum * d[3]);
  }
  template <typename T>
  [[gnu::always_inline]] static void filter(const T (&g)[3], T (&u)[6]) {  // G
    const auto a = ratio<T>(3, 4), b = ratio<T>(3, 2), a2 = ratio<T>(9, 16), b2 = ratio<T>(9, 4);
    const auto at_zero = ratio<T>(64, 81), at_a = ratio<T>(-128, 243), at_b = ratio<T>(32, 243);
    const T even_a = at_a * (g[0] + a2 * g[2]), odd_a = at_a * (a * g[1]);
    const T even_b = at_b * (g[0] + b2 * g[2]), odd_b = at_b * (b * g[1]);
    u[0] = at_zero * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
  }
  template <typename T>
  [[gnu::always_inline]] static void output(const T (&m)[6], T (&y)[4]) {  // A^T
    const auto a = ratio<T>(3, 4), b = ratio<T>(3, 2), a2 = ratio<T>(9, 16), b2 = ratio<T>(9, 4);
    const auto a3 = ratio<T>(27, 64), b3 = ratio<T>(27, 8);
    const T even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = a * odd_a + b * odd_b;
    y[2] = a2 * even_a + b2 * even_b;
    y[3] = a3 * odd_a + (b3 * odd_b + m[5]);
  }
  template <typename T>
  [[gnu::always_inline]] static void output_transposed(const T (&dy)[4], T (&m)[6]) {  // A
    const auto a = ratio<T>(3, 4), b = ratio<T>(3, 2), a2 = ratio<T>(9, 16), b2 = ratio<T>(9, 4);
    const auto a3 = ratio<T>(27, 64), b3 = ratio<T>(27, 8);
    const T even_a = dy[0] + a2 * dy[2], odd_a = a * dy[1] + a3 * dy[3];
    const T even_b = dy[0] + b2 * dy[2], odd_b = b * dy[1] + b3 * dy[3];
    m[0] = dy[0];
    m[1] = even_a + odd_a;
    m[2] = even_a - odd_a;
    m[3] = even_b + odd_b;
    m[4] = even_b - odd_b;
    m[5] = dy[3];
  }
  template <typename T>
  [[gnu::always_inline]] static void filter_transposed(const T (&u)[6], T (&g)[3]) {  // G^T
    const auto a = ratio<T>(3, 4), b = ratio<T>(3, 2), a2 = ratio<T>(9, 16), b2 = ratio<T>(9, 4);
    const auto at_zero = ratio<T>(64, 81), at_a = ratio<T>(-128, 243), at_b = ratio<T>(32, 243);
    const T even_a = at_a * (u[1] + u[2]), odd_a = at_a * (u[1] - u[2]);
    const T even_b = at_b * (u[3] + u[4]), odd_b = at_b * (u[3] - u[4]);
    g[0] = at_zero * u[0] + (even_a + even_b);
    g[1] = a * odd_a + b * odd_b;
    g[2] = a2 * even_a + (b2 * even_b + u[5]);
  }
};

}  // namespace c3d::cpu
