// The preconditions of Backend's ops, stated once: shapes, types and what must be there. A backend calls the
// check of an op first thing. `type` is that of activations and filters, compute_type(precision()). All throw
// Error.
#pragma once

#include "engine/core/backend.h"

namespace c3d::op_checks {

void conv3d_forward(DType type, const Conv3dGeometry& conv, ConstTensor x, ConstTensor filter,
                    ConstTensor bias, ConstTensor y);
void conv3d_backward_data(DType type, const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                          ConstTensor dx);
void conv3d_backward_filter(DType type, const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy,
                            ConstTensor dfilter, ConstTensor dbias);
void max_pool3d_forward(DType type, const Pool3dGeometry& pool, ConstTensor x, ConstTensor y,
                        ConstTensor argmax_u8);
void max_pool3d_backward(DType type, const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                         ConstTensor dx);
void conv3d_max_pool3d_forward(DType type, const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                               ConstTensor x, ConstTensor filter, ConstTensor bias, ConstTensor y,
                               ConstTensor argmax_u8);
void linear_forward(DType type, ConstTensor x, ConstTensor weight, ConstTensor bias, ConstTensor y);
void linear_backward(DType type, ConstTensor x, ConstTensor weight, ConstTensor dy, ConstTensor dx,
                     ConstTensor dweight, ConstTensor dbias);
void relu_forward(DType type, ConstTensor x, ConstTensor y);
void relu_backward(DType type, ConstTensor y, ConstTensor dy);
void dropout(DType type, float drop_probability, ConstTensor x, ConstTensor y);
// The labels' and the crops' values are looked at where they are in host memory.
void softmax_cross_entropy_forward(DType type, ConstTensor logits, ConstTensor labels_i32,
                                   ConstTensor probabilities, ConstTensor losses);
void softmax_cross_entropy_backward(DType type, ConstTensor probabilities, ConstTensor labels_i32,
                                    ConstTensor dlogits);
void normalize_clip(DType type, ConstTensor frames_u8, ConstTensor mean, ConstTensor crops_i32,
                    ConstTensor x);
void accumulate(ConstTensor x, ConstTensor y);
void sgd_step(const SgdStep& sgd, ConstTensor parameters, ConstTensor gradients, ConstTensor velocity,
              ConstTensor bf16_copy);
void sum_of_squares(ConstTensor values, ConstTensor scalar);
void copy(ConstTensor from, ConstTensor to);
void parameters_changed(ConstTensor values, ConstTensor bf16_copy);

}  // namespace c3d::op_checks
