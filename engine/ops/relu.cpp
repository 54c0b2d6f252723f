#include "engine/ops/relu.h"

#include <array>

namespace c3d {
namespace {

class Relu : public Op {
 public:
  std::string name() const override { return "relu"; }
  BackwardReads backward_reads() const override { return {.inputs = false, .outputs = true}; }
  void forward(const OpContext& c) const override { c.backend.relu_forward(c.inputs[0], c.outputs[0]); }
  void backward(const OpContext& c) const override {
    c.backend.copy(c.output_gradients[0], c.input_gradients[0]);
    c.backend.relu_backward(c.outputs[0], c.input_gradients[0]);
  }
};

}  // namespace

Var relu(Tape& tape, Var x) {
  return tape.append(std::make_unique<Relu>(), std::array{x}, std::array{tape.spec(x)})[0];
}

}  // namespace c3d
