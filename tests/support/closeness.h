// When two arrays of numbers count as equal: one rule with one row of numbers for each arithmetic, and none
// for a single test. Each element: |got - wanted| <= atol * rms(wanted) + rtol * |wanted|. The whole: ||got -
// wanted|| / ||wanted||, the root of the normalized mean-square error, is at most relative_error. Elements
// that are not finite must be the same: NaN where NaN is wanted, the same infinity where infinity is.
#pragma once

#include <span>
#include <string>

#include "engine/core/backend.h"

namespace c3d {

struct Tolerance {
  const char* name;
  double rtol, atol, relative_error;
  double outliers = 0;  // the share of elements that may be farther off
};

inline constexpr Tolerance kExact{"exact", 0, 0, 0};
inline constexpr Tolerance kStrictF32{"strict_f32", 1e-5, 5e-5, 1e-5};
// Products of numbers with 11 bits each.
inline constexpr Tolerance kTf32{"tf32", 2e-3, 5e-3, 1e-3};
// Results with 8 bits: where two sums straddle a rounding boundary they end 2^-8 apart.
inline constexpr Tolerance kBf16{"bf16", 1e-2, 2e-2, 4e-3};
// What is transformed before it is multiplied is rounded too. Of sums so close to 0 some change their sign,
// which ReLU turns into another gradient: of 0.5 % of them, that is 7 % of the gradient's norm, and single
// elements far off.
inline constexpr Tolerance kTransformedBf16{"transformed bf16", 2e-2, 8e-2, 9e-3};
inline constexpr Tolerance kTransformedBf16Gradient{"gradient of transformed bf16", 2e-2, 5e-1, 1e-1, 5e-3};

Tolerance tolerance_of(Precision precision);

struct Closeness {
  bool close = false;
  double relative_error = 0;
  std::string explanation;  // "bf16: relative error 3e-2; 7 of 90 elements differ, first [4]: 1 instead of 2"
};

Closeness compare(std::span<const float> got, std::span<const float> wanted, const Tolerance& tolerance);

}  // namespace c3d
