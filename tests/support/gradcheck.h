// Whether backward() is the derivative of forward(): central differences on the reference backend, of one
// number made of all results. Each input is moved along a random direction, and where it is tiny also one
// element at a time. The reference computes in double and stores f32, and the step actually taken is
// measured, so what remains is f32's rounding of results.
#pragma once

#include <string>
#include <vector>

#include "tests/support/op_cases.h"

namespace c3d {

struct GradcheckFailure {
  std::string input;
  std::string explanation;  // "along a random direction: the gradient says 1.5, the difference 1.6"
};

std::vector<GradcheckFailure> gradcheck(Backend& reference, const OpCase& op_case);

}  // namespace c3d
