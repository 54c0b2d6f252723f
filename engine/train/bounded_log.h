#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace c3d {

// log(p), finite for a probability of 0.
inline double bounded_log(double p) { return std::log(std::max(p, std::numeric_limits<double>::min())); }

}  // namespace c3d
