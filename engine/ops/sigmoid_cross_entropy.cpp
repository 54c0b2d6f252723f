#include "engine/ops/sigmoid_cross_entropy.h"

#include <array>

namespace c3d {
namespace {

class SigmoidCrossEntropy : public Op {
 public:
  explicit SigmoidCrossEntropy(ConstTensor positive_weights) : positive_weights_(positive_weights) {}
  std::string name() const override { return "sigmoid_cross_entropy"; }
  BackwardReads backward_reads() const override { return {.inputs = true, .outputs = true}; }
  bool is_loss() const override { return true; }
  void forward(const OpContext& c) const override {
    c.backend.sigmoid_cross_entropy_forward(positive_weights_, c.inputs[0], c.inputs[1], c.outputs[0],
                                            c.outputs[1]);
  }
  void backward(const OpContext& c) const override {
    c.backend.sigmoid_cross_entropy_backward(positive_weights_, c.outputs[0], c.inputs[1],
                                             c.input_gradients[0]);
  }

 private:
  ConstTensor positive_weights_;
};

class Sigmoid : public Op {
 public:
  std::string name() const override { return "sigmoid"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override {
    c.backend.sigmoid_cross_entropy_forward({}, c.inputs[0], {}, c.outputs[0], Tensor());
  }
  void backward(const OpContext& /*context*/) const override {
    fail("sigmoid: it has no backward of its own");
  }
};

}  // namespace

CrossEntropyValues sigmoid_cross_entropy(Tape& tape, Var logits, Var targets, ConstTensor positive_weights) {
  const Shape& shape = tape.spec(logits).shape;
  const TensorSpec& target = tape.spec(targets);
  expect(shape.rank() == 2, "sigmoid_cross_entropy: logits {} must have 2 dimensions", to_string(shape));
  expect(target.shape == shape && target.type == DType::f32,
         "sigmoid_cross_entropy: {} targets of type {} for logits {}", to_string(target.shape),
         to_string(target.type), to_string(shape));
  const auto values =
      tape.append(std::make_unique<SigmoidCrossEntropy>(positive_weights), std::array{logits, targets},
                  std::array{TensorSpec{shape, DType::f32}, TensorSpec{Shape({shape[0]}), DType::f32}});
  return {values[0], values[1]};
}

Var sigmoid(Tape& tape, Var logits) {
  expect(tape.mode() == Mode::infer, "sigmoid: for inference; training uses sigmoid_cross_entropy");
  return tape.append(std::make_unique<Sigmoid>(), std::array{logits},
                     std::array{TensorSpec{tape.spec(logits).shape, DType::f32}})[0];
}

}  // namespace c3d
