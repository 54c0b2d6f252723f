// A fully connected layer on the CPU, over the kernels of this folder: for batches of some tens of
// rows the time is that of reading or writing the weights once, so they are read as they are stored and never
// packed. Sums are f32, also of bf16; they do not depend on the number of threads. Shapes and types as in
// Backend's ops.
#pragma once

#include "engine/core/backend.h"
#include "kernels/cpu/elementwise/kernels.h"
#include "kernels/cpu/linear/kernels.h"
#include "kernels/cpu/memory/workspace.h"

namespace c3d::cpu {

struct LinearTeam {
  const LinearKernels* kernels = nullptr;  // of the weights' type
  const ElementwiseKernels* elementwise = nullptr;
  int threads = 1;
};

// x [N,I]  weight [O,I]  bias [O]  y [N,O]
void linear(const LinearTeam& team, Workspace& workspace, Activation activation, ConstTensor x,
            ConstTensor weight, ConstTensor bias, Tensor y);
// weight [O,I]  dy [N,O]  dx [N,I]
void linear_backward_data(const LinearTeam& team, Workspace& workspace, ConstTensor weight, ConstTensor dy,
                          Tensor dx);
// x [N,I]  dy [N,O]  dweight [O,I] f32
void linear_backward_weight(const LinearTeam& team, Workspace& workspace, ConstTensor x, ConstTensor dy,
                            Tensor dweight);
// dy [N,O]  dbias [O] f32
void linear_backward_bias(ConstTensor dy, Tensor dbias);

}  // namespace c3d::cpu
