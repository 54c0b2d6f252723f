#include "engine/train/calibration.h"

#include <algorithm>
#include <cmath>

namespace c3d {

void Calibration::add(double probability, bool is_right) {
  if (!std::isfinite(probability)) return;
  const double place = std::clamp(probability, 0.0, 1.0) * static_cast<double>(kCalibrationBins);
  Sums& sums = sums_[std::min(static_cast<std::size_t>(place), kCalibrationBins - 1)];
  ++sums.count;
  sums.right += is_right ? 1 : 0;
  sums.probability += probability;
}

std::vector<CalibrationBin> Calibration::bins() const {
  std::vector<CalibrationBin> bins;
  for (const Sums& sums : sums_) {
    const auto count = static_cast<double>(std::max<std::int64_t>(1, sums.count));
    bins.push_back({sums.count, sums.probability / count, static_cast<double>(sums.right) / count});
  }
  return bins;
}

double expected_calibration_error(const std::vector<CalibrationBin>& bins) {
  double error = 0, count = 0;
  for (const CalibrationBin& bin : bins) {
    error += static_cast<double>(bin.count) * std::abs(bin.right - bin.probability);
    count += static_cast<double>(bin.count);
  }
  return count == 0 ? 0 : error / count;
}

}  // namespace c3d
