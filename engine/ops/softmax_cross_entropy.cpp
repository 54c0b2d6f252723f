#include "engine/ops/softmax_cross_entropy.h"

#include <array>

namespace c3d {
namespace {

// Inputs: logits and labels; where rows are mixed, second labels and their mix as well.
class SoftmaxCrossEntropy : public Op {
 public:
  explicit SoftmaxCrossEntropy(const CrossEntropyRule& rule) : rule_(rule) {}
  std::string name() const override { return "softmax_cross_entropy"; }
  BackwardReads backward_reads() const override { return {.inputs = true, .outputs = true}; }
  bool is_loss() const override { return true; }
  void forward(const OpContext& c) const override {
    c.backend.softmax_cross_entropy_forward(rule_, c.inputs[0], targets(c), c.outputs[0], c.outputs[1]);
  }
  void backward(const OpContext& c) const override {
    c.backend.softmax_cross_entropy_backward(rule_, c.outputs[0], targets(c), c.input_gradients[0]);
  }

 private:
  static CrossEntropyTargets targets(const OpContext& c) {
    CrossEntropyTargets targets{.labels = c.inputs[1]};
    if (c.inputs.size() == 2) return targets;
    targets.second_labels = c.inputs[2];
    targets.mix = c.inputs[3];
    return targets;
  }

  CrossEntropyRule rule_;
};

class Softmax : public Op {
 public:
  std::string name() const override { return "softmax"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override {
    c.backend.softmax_cross_entropy_forward({}, c.inputs[0], {}, c.outputs[0], Tensor());
  }
  void backward(const OpContext& /*context*/) const override {
    fail("softmax: it has no backward of its own");
  }
};

CrossEntropyValues append_loss(Tape& tape, std::span<const Var> inputs, const CrossEntropyRule& rule) {
  const Shape& shape = tape.spec(inputs[0]).shape;
  expect(shape.rank() == 2, "softmax_cross_entropy: logits {} must have 2 dimensions", to_string(shape));
  const auto check = [&](const char* what, std::size_t input, DType type) {
    const TensorSpec& spec = tape.spec(inputs[input]);
    expect(spec.shape == Shape({shape[0]}) && spec.type == type,
           "softmax_cross_entropy: {} {} of type {} for {} rows", to_string(spec.shape), what,
           to_string(spec.type), shape[0]);
  };
  check("labels", 1, DType::i32);
  if (inputs.size() > 2) {
    check("second labels", 2, DType::i32);
    check("mixes", 3, DType::f32);
  }
  const auto values =
      tape.append(std::make_unique<SoftmaxCrossEntropy>(rule), inputs,
                  std::array{TensorSpec{shape, DType::f32}, TensorSpec{Shape({shape[0]}), DType::f32}});
  return {values[0], values[1]};
}

}  // namespace

CrossEntropyValues softmax_cross_entropy(Tape& tape, Var logits, Var labels, const CrossEntropyRule& rule) {
  return append_loss(tape, std::array{logits, labels}, rule);
}

CrossEntropyValues softmax_cross_entropy(Tape& tape, Var logits, const MixedLabels& labels,
                                         const CrossEntropyRule& rule) {
  return append_loss(tape, std::array{logits, labels.labels, labels.second_labels, labels.mix}, rule);
}

Var softmax(Tape& tape, Var logits) {
  expect(tape.mode() == Mode::infer, "softmax: for inference; training uses softmax_cross_entropy");
  return tape.append(std::make_unique<Softmax>(), std::array{logits},
                     std::array{TensorSpec{tape.spec(logits).shape, DType::f32}})[0];
}

}  // namespace c3d
