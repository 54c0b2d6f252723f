// Inverted dropout (Srivastava et al. 2014): in training zeroes an element with drop_probability and scales
// the others by 1 / (1 - p); in inference it is the identity and records nothing. Keeps no mask: see
// engine/core/philox.h.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

Var dropout(Tape& tape, Var x, float drop_probability);

}  // namespace c3d
