#include "c3d/check/spread.h"

#include <algorithm>

namespace c3d {

CheckSpread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  const auto [least, most] = std::ranges::minmax_element(values);
  return {.least = *least, .median = *middle, .most = *most};
}

}  // namespace c3d
