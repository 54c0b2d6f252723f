// One op case on one backend: records it, fills its inputs, runs it and hands back every result and every
// gradient as plain floats. Owns the tape and the parameters; borrows the backend.
#pragma once

#include "tests/support/op_cases.h"

namespace c3d {

class OpRun {
 public:
  OpRun(Backend& backend, const OpCase& op_case, Mode mode);
  OpRun(const OpRun&) = delete;
  OpRun& operator=(const OpRun&) = delete;

  std::size_t input_count() const { return values_.size(); }
  bool wants_gradient(std::size_t input) const;
  bool has_backward() const;  // some input wants its gradient
  // What the op reads: already rounded to the type of its storage (a parameter's is f32).
  const std::vector<float>& input(std::size_t index) const { return values_[index]; }
  void set_input(std::size_t index, std::vector<float> values);

  void forward();
  // Gradients of the results are drawn afresh but are always the same numbers: backward may overwrite them.
  void backward();

  std::vector<std::vector<float>> results() const;
  std::vector<float> gradient(std::size_t input) const;
  // The number that gradient() is the gradient of, from the results of the last forward().
  double objective() const;

 private:
  std::vector<float> read(ConstTensor from) const;
  void write(std::span<const float> values, Tensor to);
  std::vector<float> result_gradient(std::size_t result) const;
  Tensor input_tensor(std::size_t index) const;

  Backend& backend_;
  OpCase case_;
  ParameterStore parameters_;
  Tape tape_;
  std::vector<Buffer> constants_;
  std::vector<ParameterId> parameter_ids_;  // by input, where it is one
  std::vector<Var> vars_;                   // by input; a constant has none
  std::vector<Tensor> constant_tensors_;    // by input, where it is one
  std::vector<Var> results_;
  std::vector<std::vector<float>> values_;
};

}  // namespace c3d
