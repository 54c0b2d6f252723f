// Max-pooling over windows of D, H, W. x [N,D,H,W,C] -> [N,D',H',W',C]; saves one byte per output, the
// position of the maximum inside its window.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

Var max_pool3d(Tape& tape, Var x, const Pool3dGeometry& geometry);

}  // namespace c3d
