// One step of an optimizer over the flat arrays of a ParameterStore: what Backend::optimizer_step() is told.
// Borrowed tensors; plain values.
#pragma once

#include <span>

#include "engine/core/optimizer_rule.h"
#include "engine/core/tensor.h"

namespace c3d {

struct OptimizerStep {
  OptimizerRule rule = OptimizerRule::sgd;
  float momentum = 0;            // adamw: beta1
  float beta2 = 0, epsilon = 0;  // adamw
  float weight_decay = 0;
  // Largest gradient norm; 0: gradients are not clipped. Else gradient_norm_squared, f32 [1], is wanted, and
  // g is scaled by min(1, clip_norm / norm).
  float clip_norm = 0;
  ConstTensor gradient_norm_squared = {};
  std::span<const OptimizerRange> ranges = {};  // what no range covers stays as it is
};

struct OptimizerArrays {  // of equal shapes, f32 but for the copy
  Tensor parameters_in_place;
  ConstTensor gradients;
  Tensor velocity_in_place;
  Tensor second_moment_in_place = {};  // adamw's; else empty
  // The exponential moving average of the parameters: average += (1 - average_decay) (w - average) after the
  // step, with begin_step()'s average_decay. Empty: none is kept.
  Tensor average_in_place = {};
  Tensor bf16_copy = {};  // bf16, of the new parameters; empty where the precision needs none
};

}  // namespace c3d
