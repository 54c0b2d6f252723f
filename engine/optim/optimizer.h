// An optimizer over the flat arrays of a ParameterStore (rules: engine/core/optimizer_rule.h). Owns the
// velocity, adamw's second moment and the gradient norm; borrows backend and parameters. Learning-rate and
// decay scales of the specs become runs of equal scales, so a step is one kernel call. Parameters that are
// not trainable, or not yet (ParameterSpec::trains_from), stay as they are in every array, and their
// gradients count for nothing in the norm.
#pragma once

#include <vector>

#include "engine/autograd/parameter_store.h"

namespace c3d {

struct OptimizerOptions {
  OptimizerRule rule = OptimizerRule::sgd;
  float momentum = 0.9f;                  // adamw: beta1
  float beta2 = 0.999f, epsilon = 1e-8f;  // adamw
  float weight_decay = 0;
  float clip_norm = 0;  // of the mean gradient over the whole batch, before weight decay; 0: off
};

// "sgd", "nesterov", "caffe", "adamw"
const char* to_string(OptimizerRule rule);
OptimizerRule parse_optimizer_rule(const std::string& text);

// One of the arrays that go on with the parameters' values when a run is resumed.
struct StateArray {
  std::string name;  // "velocity"
  Tensor values;     // f32 [elements]
};

class Optimizer {
 public:
  // The store is allocated; all arrays start at zero.
  Optimizer(Backend& backend, ParameterStore& parameters, const OptimizerOptions& options);

  // Measures the norm of the gradients (f32 [elements], the mean over the batch), clips them to the largest,
  // and makes step number `step`, counted from 0, with the scalars of begin_step(), whose step it is.
  // Gradients of parameters that do not train yet become zero. average: f32 [elements], follows the
  // parameters as OptimizerArrays says, or empty. A recorded step goes on with the parameters that trained
  // when it was recorded.
  void step(Tensor gradients, std::int64_t step, Tensor average = {});

  std::vector<StateArray> state_arrays() const;  // velocity, and adamw's second moment
  std::size_t state_bytes() const { return velocity_buffer_.bytes() + second_moment_buffer_.bytes(); }
  // f32 [1], of the last step's gradients before clipping.
  Tensor gradient_norm_squared() const { return gradient_norm_squared_; }
  // That train in this step.
  std::vector<OptimizerRange> ranges(std::int64_t step) const;

 private:
  Backend& backend_;
  ParameterStore& parameters_;
  OptimizerOptions options_;
  Buffer velocity_buffer_, second_moment_buffer_, norm_buffer_;
  Tensor velocity_, second_moment_, gradient_norm_squared_;
};

}  // namespace c3d
