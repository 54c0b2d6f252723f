// How far one element of a convolution may be from the right one, beside the rounding of what is written.
#pragma once

#include <vector>

#include "judged_convolution.h"

namespace c3d::cpu {

class Allowance {
 public:
  // rms: of the right results.
  Allowance(const ConvolutionCase& test, double rms);
  // Of element `at` of the right results, which has this value.
  double operator()(std::size_t at, double value) const;

 private:
  std::size_t channels_;
  std::vector<double> most_;  // of each position of a clip or tap of a filter, or one for all
  double growth_ = 0;         // with the value
};

}  // namespace c3d::cpu
