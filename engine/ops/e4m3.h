// Layers over 8 bits, for inference: their weights are no parameters of the tape but constants in the device's
// memory, made of parameters (model/e4m3_network.h), which must outlive the tape. Backend's ops of these names
// say what they compute. None has a gradient.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

// The weights of one layer.
struct E4m3Weights {
  ConstTensor values;         // e4m3, a filter [K,kd,kh,kw,C] or a matrix [O,I]
  ConstTensor factors, bias;  // f32, one for each output
};

// x e4m3 [N,D,H,W,C] -> e4m3 [N,D',H',W',K]
Var conv3d_e4m3(Tape& tape, Var x, const E4m3Weights& weights, const Conv3dGeometry& geometry,
                Activation activation);
// x e4m3 [N,I] -> [N,O] of `result`: e4m3, or the compute type
Var linear_e4m3(Tape& tape, Var x, const E4m3Weights& weights, Activation activation, DType result);
// As conv3d_relu_max_pool3d, but the result is e4m3: of the values times the factor.
Var conv3d_relu_max_pool3d_to_e4m3(Tape& tape, Var x, Var filter, Var bias, const Conv3dGeometry& conv,
                                   const Pool3dGeometry& pool, float factor);
// x e4m3 of any shape -> the compute type: x times the scale
Var e4m3_values(Tape& tape, Var x, float scale);

}  // namespace c3d
