// A step's gradient in parts that ranks exchange as backward ends with them, while it goes on.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/autograd/tape.h"

namespace c3d {

struct GradientBucket {
  std::int64_t first = 0, count = 0;  // elements of the store's flat arrays
  int whole_after = 0;  // the position on the tape of the op after whose backward pass it is whole
};

// In the order in which backward ends with them. The flat order is the network's, so that they begin at its end: the first has three
// fifths of the elements, the second ends at nineteen twentieths. Of C3D these are fc6 to fc8 (203 MB of f32), conv4 and conv5
// (99 MB), and the rest (12 MB), whose exchange nothing hides. Parameters without a gradient at either end are left out.
std::vector<GradientBucket> gradient_buckets(const ParameterStore& parameters, const Tape& tape);

}  // namespace c3d
