// SGD with momentum over the flat arrays of a ParameterStore, in PyTorch's form or in Caffe's (see SgdForm).
// Owns the velocity and the gradient norm; borrows backend and parameters. Learning-rate and decay scales of
// the specs become runs of equal scales, so a step is one kernel call. Parameters that are not trainable stay
// as they are.
#pragma once

#include <vector>

#include "engine/autograd/parameter_store.h"

namespace c3d {

struct SgdOptions {
  SgdForm form = SgdForm::pytorch;
  float momentum = 0.9f;
  float weight_decay = 0;
  float clip_norm = 0;  // of the mean gradient over the whole batch, before weight decay; 0: off
};

class Sgd {
 public:
  // The store is allocated; velocity starts at zero.
  Sgd(Backend& backend, ParameterStore& parameters, const SgdOptions& options);

  // Measures the norm of the gradients (f32 [elements], the mean over the batch), clips them to the largest,
  // and makes one step with the learning rate of begin_step().
  void step(ConstTensor gradients);

  Tensor velocity() const { return velocity_; }  // f32 [elements]
  // f32 [1], of the last step's gradients before clipping.
  Tensor gradient_norm_squared() const { return gradient_norm_squared_; }
  const std::vector<SgdRange>& ranges() const { return ranges_; }

 private:
  Backend& backend_;
  ParameterStore& parameters_;
  SgdOptions options_;
  std::vector<SgdRange> ranges_;
  Buffer velocity_buffer_, norm_buffer_;
  Tensor velocity_, gradient_norm_squared_;
};

}  // namespace c3d
