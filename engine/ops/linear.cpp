#include "engine/ops/linear.h"

#include <array>

#include "engine/core/op_shapes.h"

namespace c3d {
namespace {

class Linear : public Op {
 public:
  explicit Linear(Activation activation) : activation_(activation) {}
  std::string name() const override { return "linear"; }
  BackwardReads backward_reads() const override {
    return {.inputs = true, .outputs = activation_ == Activation::relu};
  }
  void forward(const OpContext& c) const override {
    c.backend.linear_forward(activation_, c.inputs[kRows], c.inputs[kWeight], c.inputs[kBias], c.outputs[0]);
  }
  void backward(const OpContext& c) const override {
    expect(c.input_gradients[kWeight].empty() == c.input_gradients[kBias].empty(),
           "linear: weight and bias must be trained or frozen together");
    if (activation_ == Activation::relu) c.backend.relu_backward(c.outputs[0], c.output_gradients[0]);
    c.backend.linear_backward(c.inputs[kRows], c.inputs[kWeight], c.output_gradients[0],
                              c.input_gradients[kRows], c.input_gradients[kWeight], c.input_gradients[kBias]);
  }

 private:
  enum Slot : std::size_t { kRows, kWeight, kBias };

  Activation activation_;
};

}  // namespace

Var linear(Tape& tape, Var x, Var weight, Var bias, Activation activation) {
  const Shape& input = tape.spec(x).shape;
  const Shape& w = tape.spec(weight).shape;
  expect(input.rank() == 2 && w.rank() == 2, "linear: x {} and weight {} must have 2 dimensions",
         to_string(input), to_string(w));
  const Shape y{input[0], w[0]};
  check_linear(input, w, y);
  expect(tape.spec(bias).shape == Shape({w[0]}), "linear: bias {} for {} outputs",
         to_string(tape.spec(bias).shape), w[0]);
  return tape.append(std::make_unique<Linear>(activation), std::array{x, weight, bias},
                     std::array{TensorSpec{y, tape.spec(x).type}})[0];
}

}  // namespace c3d
