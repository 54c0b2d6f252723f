// Least, median and most of some numbers.
#pragma once

#include <vector>

#include "c3d/check.h"

namespace c3d {

CheckSpread spread_of(std::vector<double> values);  // of none: zeros

}  // namespace c3d
