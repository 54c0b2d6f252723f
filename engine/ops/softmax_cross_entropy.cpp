#include "engine/ops/softmax_cross_entropy.h"

#include <array>

namespace c3d {
namespace {

class SoftmaxCrossEntropy : public Op {
 public:
  explicit SoftmaxCrossEntropy(float label_smoothing) : label_smoothing_(label_smoothing) {}
  std::string name() const override { return "softmax_cross_entropy"; }
  BackwardReads backward_reads() const override { return {.inputs = true, .outputs = true}; }
  bool is_loss() const override { return true; }
  void forward(const OpContext& c) const override {
    c.backend.softmax_cross_entropy_forward(label_smoothing_, c.inputs[0], c.inputs[1], c.outputs[0],
                                            c.outputs[1]);
  }
  void backward(const OpContext& c) const override {
    c.backend.softmax_cross_entropy_backward(label_smoothing_, c.outputs[0], c.inputs[1],
                                             c.input_gradients[0]);
  }

 private:
  float label_smoothing_;
};

class Softmax : public Op {
 public:
  std::string name() const override { return "softmax"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override {
    c.backend.softmax_cross_entropy_forward(0, c.inputs[0], ConstTensor(), c.outputs[0], Tensor());
  }
  void backward(const OpContext& /*context*/) const override {
    fail("softmax: it has no backward of its own");
  }
};

}  // namespace

CrossEntropyValues softmax_cross_entropy(Tape& tape, Var logits, Var labels, float label_smoothing) {
  const Shape& shape = tape.spec(logits).shape;
  expect(shape.rank() == 2, "softmax_cross_entropy: logits {} must have 2 dimensions", to_string(shape));
  expect(tape.spec(labels).shape == Shape({shape[0]}) && tape.spec(labels).type == DType::i32,
         "softmax_cross_entropy: {} labels of type {} for {} rows", to_string(tape.spec(labels).shape),
         to_string(tape.spec(labels).type), shape[0]);
  expect(label_smoothing >= 0 && label_smoothing < 1, "label smoothing of {} is not in [0, 1)",
         label_smoothing);
  const auto values =
      tape.append(std::make_unique<SoftmaxCrossEntropy>(label_smoothing), std::array{logits, labels},
                  std::array{TensorSpec{shape, DType::f32}, TensorSpec{Shape({shape[0]}), DType::f32}});
  return {values[0], values[1]};
}

Var softmax(Tape& tape, Var logits) {
  expect(tape.mode() == Mode::infer, "softmax: for inference; training uses softmax_cross_entropy");
  return tape.append(std::make_unique<Softmax>(), std::array{logits},
                     std::array{TensorSpec{tape.spec(logits).shape, DType::f32}})[0];
}

}  // namespace c3d
