#include "engine/ops/dropout.h"

#include <array>

namespace c3d {
namespace {

class Dropout : public Op {
 public:
  Dropout(std::uint32_t op, float drop_probability) : op_(op), drop_probability_(drop_probability) {}
  std::string name() const override { return "dropout"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override {
    c.backend.dropout(op_, drop_probability_, c.inputs[0], c.outputs[0]);
  }
  void backward(const OpContext& c) const override {
    c.backend.dropout(op_, drop_probability_, c.output_gradients[0], c.input_gradients[0]);
  }

 private:
  std::uint32_t op_;
  float drop_probability_;
};

}  // namespace

Var dropout(Tape& tape, Var x, float drop_probability) {
  expect(drop_probability >= 0 && drop_probability < 1, "dropout: a probability of {} is not in [0, 1)",
         drop_probability);
  if (tape.mode() == Mode::infer || drop_probability == 0) return x;
  const std::uint32_t op = tape.op_count();
  expect(op < 256, "dropout: op number {} does not fit the random counter's 8 bits", op);
  return tape.append(std::make_unique<Dropout>(op, drop_probability), std::array{x},
                     std::array{tape.spec(x)})[0];
}

}  // namespace c3d
