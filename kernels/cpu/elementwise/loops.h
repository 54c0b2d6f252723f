// Every op of the CPU backend that is neither a convolution nor a matrix product: loops over plain arrays,
// bound by memory. f32, and bf16 through f32. The loops' bodies are compiled for several instruction sets,
// chosen at start (target_clones). Sums do not depend on the number of threads. Tensors are as Backend's ops
// of these names say; their shapes were checked by the caller.
#pragma once

#include "engine/core/backend.h"

namespace c3d::cpu {

void copy_bytes(int threads, const std::byte* from, std::byte* to, std::size_t bytes);
void zero_bytes(int threads, std::byte* to, std::size_t bytes);
void round_to_bf16(int threads, ConstTensor values, Tensor bf16_copy);
// The same for `count` elements, on this thread alone.
void round_elements(const float* values, BFloat16* rounded, std::int64_t count);
void widen_bf16(int threads, ConstTensor bf16, Tensor values);

void relu(int threads, ConstTensor x, Tensor y);  // y may be x
void relu_backward(int threads, ConstTensor y, Tensor dy_in_place);
void accumulate(int threads, ConstTensor x, Tensor y_in_place);
void dropout(int threads, const StepScalars& scalars, std::uint32_t op, float drop_probability, ConstTensor x,
             Tensor y);
void normalize_clip(int threads, const Normalisation& normalisation, ConstTensor frames, ConstTensor mean,
                    ConstTensor crops, Tensor x);

// With Activation::relu, of max(x, 0).
void max_pool(int threads, const Pool3dGeometry& pool, Activation activation, ConstTensor x, Tensor y,
              Tensor argmax);
// y: the pooled values of an activation ReLU, where dy counts only if they are positive; empty: dy counts
// everywhere.
void max_pool_backward(int threads, const Pool3dGeometry& pool, ConstTensor argmax, ConstTensor y,
                       ConstTensor dy, Tensor dx);

void softmax_cross_entropy(float label_smoothing, ConstTensor logits, ConstTensor labels,
                           Tensor probabilities, Tensor losses);
void softmax_cross_entropy_backward(float label_smoothing, float loss_scale, ConstTensor probabilities,
                                    ConstTensor labels, Tensor dlogits);

void sgd(int threads, float learning_rate, const SgdStep& step, Tensor parameters, ConstTensor gradients,
         Tensor velocity, Tensor bf16_copy);
float sum_of_squares(int threads, ConstTensor values);

}  // namespace c3d::cpu
