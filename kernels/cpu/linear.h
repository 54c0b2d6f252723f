// The matrix products of a fully connected layer, for batches of some tens of rows: there the time is that of
// reading or writing the weights once, so they are read as they are stored, whole rows at a time, and never
// packed. (oneDNN's inner products want the weights in an order of their own, twice the memory in inference
// and two copies of all weights in every training step, or fall to a product that copies them on every call.)
// Sums are f32, also of bf16; they do not depend on the number of threads. Shapes and types as in Backend's
// ops.
#pragma once

#include "engine/core/backend.h"
#include "kernels/cpu/workspace.h"

namespace c3d::cpu {

// x [N,I]  weight [O,I]  bias [O]  y [N,O]
void linear(int threads, Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
            Tensor y);
// weight [O,I]  dy [N,O]  dx [N,I]
void linear_backward_data(int threads, Workspace& workspace, ConstTensor weight, ConstTensor dy, Tensor dx);
// x [N,I]  dy [N,O]  dweight [O,I] f32
void linear_backward_weight(int threads, ConstTensor x, ConstTensor dy, Tensor dweight);
// dy [N,O]  dbias [O] f32
void linear_backward_bias(ConstTensor dy, Tensor dbias);

}  // namespace c3d::cpu
