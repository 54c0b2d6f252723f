// The losses among the op cases: every rule, every kind of target, padding rows and large logits.
#pragma once

#include "tests/support/op_cases.h"

namespace c3d {

std::vector<OpCase> loss_cases();

}  // namespace c3d
