// Every op of the Backend as a free function of plain loops: the definition that all other backends are
// tested against. Storage is f32 or bf16, told by the tensors; arithmetic and sums are in double and rounded
// once, when a result is stored. One thread, no state, host memory only. Shapes and meanings are those of
// engine/core/backend.h, whose ops have checked them.
#pragma once

#include <vector>

#include "engine/core/backend.h"

namespace c3d::reference {

// x [N,D,H,W,C]  filter [K,kd,kh,kw,C]  bias [K]  y [N,D',H',W',K]
void conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                    ConstTensor bias, Tensor y);
void conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy, Tensor dx);
// dfilter [K,kd,kh,kw,C] f32 and dbias [K] f32, either may be empty
void conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                            Tensor dbias);

// x [N,D,H,W,C]  y, argmax_u8 [N,D',H',W',C]; argmax_u8 may be empty
void max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8);
void max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy, Tensor dx);

// The ops above one after the other, over groups of clips: of the convolution's output, or its gradient, only
// a group's is ever there, in scratch.
struct FusedScratch {  // grows, never shrinks
  std::vector<std::byte> convolved, pooled, filter, bias;
  std::size_t bytes() const { return convolved.size() + pooled.size() + filter.size() + bias.size(); }
};
// x [N,D,H,W,C]  filter [K,kd,kh,kw,C]  bias [K]  y, argmax_u8 [N,D'',H'',W'',K]; argmax_u8 may be empty
void conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                               ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax_u8,
                               FusedScratch& scratch);
// Gradients may be empty
void conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                                Tensor dx, Tensor dfilter, Tensor dbias, FusedScratch& scratch);

// x [N,I]  weight [O,I]  bias [O]  y [N,O]
void linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias, Tensor y);
// dy [N,O]  dx [N,I]  dweight [O,I] f32  dbias [O] f32; gradients may be empty
void linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                     Tensor dbias);

// The contracts of Backend's ops of these names.
void conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                         ConstTensor factors, ConstTensor bias, Tensor y);
void linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                         ConstTensor bias, Tensor y);
void conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                       ConstTensor filter, ConstTensor bias, float factor, Tensor y,
                                       FusedScratch& scratch);
void e4m3_values(float scale, ConstTensor x, Tensor y);

void relu_forward(ConstTensor x, Tensor y);             // any shape
void relu_backward(ConstTensor y, Tensor dy_in_place);  // any shape
void accumulate(ConstTensor x, Tensor y_in_place);      // any shape
void dropout(const StepScalars& step, std::uint32_t op, float drop_probability, ConstTensor x,
             Tensor y);  // [N,...]

// logits, probabilities, dlogits [N,classes]  losses [N]; labels and losses may be empty
void softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                   const CrossEntropyTargets& targets, Tensor probabilities, Tensor losses);
void softmax_cross_entropy_backward(float loss_scale, const CrossEntropyRule& rule, ConstTensor probabilities,
                                    const CrossEntropyTargets& targets, Tensor dlogits);
// The same, and targets [N,classes]  positive_weights [classes], may be empty
void sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                                   Tensor probabilities, Tensor losses);
void sigmoid_cross_entropy_backward(float loss_scale, ConstTensor positive_weights, ConstTensor probabilities,
                                    ConstTensor targets, Tensor dlogits);

// frames_u8 [N,D,Hs,Ws,3]  mean f32 [3] or [D,Hs,Ws,3]  crops_i32 [N,3]  x [N,D,H,W,C]
void normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                    ConstTensor crops_i32, Tensor x);

// Of the scalars: the rate, the step and the average's decay
void optimizer_step(const StepScalars& scalars, const OptimizerStep& step, const OptimizerArrays& arrays);
void sum_of_squares(ConstTensor values, Tensor scalar);    // f32; scalar [1]
void round_to_bf16(ConstTensor values, Tensor bf16_copy);  // f32 to bf16, equal counts

}  // namespace c3d::reference
