// Whether probabilities are right as often as they say (Guo et al. 2017, "On calibration of modern neural
// networks"): predictions in bins of equal width by their probability. Host memory only; one thread.
#pragma once

#include <cstdint>
#include <vector>

namespace c3d {

inline constexpr std::size_t kCalibrationBins = 10;

struct CalibrationBin {
  std::int64_t count = 0;  // predictions; of an empty bin the means are 0
  double probability = 0;  // their mean
  double right = 0;        // the share of them that is right
};

class Calibration {
 public:
  Calibration() : sums_(kCalibrationBins) {}
  void add(double probability, bool is_right);  // what is no number counts for nothing
  std::vector<CalibrationBin> bins() const;     // of [0, 0.1), [0.1, 0.2) ... [0.9, 1]

 private:
  struct Sums {
    std::int64_t count = 0, right = 0;
    double probability = 0;
  };
  std::vector<Sums> sums_;
};

// The mean of |right - probability| over all predictions, each taken with its bin's means. 0 where there are
// none.
double expected_calibration_error(const std::vector<CalibrationBin>& bins);

}  // namespace c3d
