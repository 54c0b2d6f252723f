// 3-D convolution (Tran et al. 2015, section 3), with bias and optionally ReLU, and its fusion with the
// max-pool that follows. x [N,D,H,W,C], filter [K,kd,kh,kw,C], bias [K] -> [N,D',H',W',K].
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

Var conv3d(Tape& tape, Var x, Var filter, Var bias, const Conv3dGeometry& geometry = {},
           Activation activation = Activation::none);

// conv3d with ReLU, then max_pool3d; the convolution's own output is never kept. In training it saves one
// byte per pooled value.
Var conv3d_relu_max_pool3d(Tape& tape, Var x, Var filter, Var bias, const Conv3dGeometry& conv,
                           const Pool3dGeometry& pool);

}  // namespace c3d
