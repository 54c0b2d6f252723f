#include "tests/support/closeness.h"

#include <cmath>

namespace c3d {
namespace {

double root_mean_square(std::span<const float> values) {
  double sum = 0;
  std::size_t finite = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    sum += static_cast<double>(value) * value;
    ++finite;
  }
  return finite == 0 ? 0 : std::sqrt(sum / static_cast<double>(finite));
}

bool same_special(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

Tolerance tolerance_of(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return kStrictF32;
    case Precision::tf32:
      return kTf32;
    case Precision::bf16:
    case Precision::fp8:  // of the ops that take no 8 bits
      return kBf16;
  }
  return kExact;
}

Closeness compare(std::span<const float> got, std::span<const float> wanted, const Tolerance& tolerance) {
  Closeness result;
  if (got.size() != wanted.size()) {
    result.explanation = fmt::format("{} elements instead of {}", got.size(), wanted.size());
    return result;
  }
  const double rms = root_mean_square(wanted);
  double error_squares = 0, wanted_squares = 0;
  std::size_t differing = 0, first = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = got[i], b = wanted[i];
    const bool finite = std::isfinite(a) && std::isfinite(b);
    const bool close = finite ? std::abs(a - b) <= tolerance.atol * rms + tolerance.rtol * std::abs(b)
                              : same_special(got[i], wanted[i]);
    if (!close && differing++ == 0) first = i;
    if (!finite) continue;
    error_squares += (a - b) * (a - b);
    wanted_squares += b * b;
  }
  if (error_squares > 0) {
    result.relative_error = wanted_squares > 0 ? std::sqrt(error_squares / wanted_squares) : INFINITY;
  }
  result.close = static_cast<double>(differing) <= tolerance.outliers * static_cast<double>(got.size()) &&
                 result.relative_error <= tolerance.relative_error;
  result.explanation = fmt::format("{}: relative error {:.3g}", tolerance.name, result.relative_error);
  if (differing > 0) {
    result.explanation += fmt::format("; {} of {} elements differ, first [{}]: {:.9g} instead of {:.9g}",
                                      differing, got.size(), first, got[first], wanted[first]);
  }
  return result;
}

}  // namespace c3d
