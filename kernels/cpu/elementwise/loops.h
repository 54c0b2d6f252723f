// Every op of the CPU backend that is neither a convolution nor a matrix product: loops over plain arrays,
// bound by memory. f32, and bf16 through f32. The inner loops are compiled for several instruction sets
// (elementwise/kernels.h). Sums do not depend on the number of threads. Tensors are as Backend's ops of these
// names say; the caller has checked their shapes.
#pragma once

#include "engine/core/backend.h"
#include "kernels/cpu/elementwise/kernels.h"

namespace c3d::cpu {

struct ElementwiseTeam {
  const ElementwiseKernels* kernels = nullptr;  // borrowed
  int threads = 1;
};

void copy_bytes(int threads, const std::byte* from, std::byte* to, std::size_t bytes);
void zero_bytes(int threads, std::byte* to, std::size_t bytes);
void round_to_bf16(const ElementwiseTeam& team, ConstTensor values, Tensor bf16_copy);
void widen_bf16(const ElementwiseTeam& team, ConstTensor bf16, Tensor values);

void relu(const ElementwiseTeam& team, ConstTensor x, Tensor y);  // y may be x
void relu_backward(const ElementwiseTeam& team, ConstTensor y, Tensor dy_in_place);
void accumulate(const ElementwiseTeam& team, ConstTensor x, Tensor y_in_place);
void dropout(int threads, const StepScalars& scalars, std::uint32_t op, float drop_probability, ConstTensor x,
             Tensor y);
void normalize_clip(const ElementwiseTeam& team, const Normalization& normalization, ConstTensor frames,
                    ConstTensor mean, ConstTensor crops, Tensor x);

// With Activation::relu, of max(x, 0).
void max_pool(const ElementwiseTeam& team, const Pool3dGeometry& pool, Activation activation, ConstTensor x,
              Tensor y, Tensor argmax);
// y: the pooled values of an activation ReLU, where dy counts only if they are positive; empty: dy counts
// everywhere.
void max_pool_backward(const ElementwiseTeam& team, const Pool3dGeometry& pool, ConstTensor argmax,
                       ConstTensor y, ConstTensor dy, Tensor dx);

void softmax_cross_entropy(float label_smoothing, ConstTensor logits, ConstTensor labels,
                           Tensor probabilities, Tensor losses);
void softmax_cross_entropy_backward(float label_smoothing, float loss_scale, ConstTensor probabilities,
                                    ConstTensor labels, Tensor dlogits);

void sgd(const ElementwiseTeam& team, float learning_rate, const SgdStep& step, Tensor parameters,
         ConstTensor gradients, Tensor velocity, Tensor bf16_copy);
float sum_of_squares(const ElementwiseTeam& team, ConstTensor values);

}  // namespace c3d::cpu
