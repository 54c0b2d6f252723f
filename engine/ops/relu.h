// max(x, 0), any shape; NaN stays NaN, the gradient at 0 is 0.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

Var relu(Tape& tape, Var x);

}  // namespace c3d
