// Exact rational numbers, for proofs of identities: always in lowest terms, the denominator positive.
// Overflow of 128 bits would be undefined behaviour; the matrices' products are far from it.
#pragma once

namespace c3d {

class Rational {
  __extension__ using Wide = __int128;

 public:
  constexpr Rational(int n = 0, int d = 1) : Rational(Wide{n}, Wide{d}) {}  // NOLINT: 0 and 1 are meant

  friend constexpr Rational operator+(const Rational& a, const Rational& b) {
    return {a.n_ * b.d_ + b.n_ * a.d_, a.d_ * b.d_};
  }
  friend constexpr Rational operator-(const Rational& a, const Rational& b) {
    return {a.n_ * b.d_ - b.n_ * a.d_, a.d_ * b.d_};
  }
  friend constexpr Rational operator*(const Rational& a, const Rational& b) {
    return {a.n_ * b.n_, a.d_ * b.d_};
  }
  friend constexpr bool operator==(const Rational&, const Rational&) = default;

 private:
  constexpr Rational(Wide n, Wide d) {
    Wide a = n < 0 ? -n : n, b = d < 0 ? -d : d;
    while (b != 0) {
      const Wide rest = a % b;
      a = b;
      b = rest;
    }
    const Wide divisor = d < 0 ? -a : a;
    n_ = n / divisor;
    d_ = d / divisor;
  }

  Wide n_ = 0, d_ = 1;
};

static_assert(Rational(6, -8) == Rational(-3, 4));
static_assert(Rational(1, 6) + Rational(1, 10) == Rational(4, 15));
static_assert(Rational(2, 3) * Rational(3, 4) - Rational(1, 2) == Rational());

}  // namespace c3d
