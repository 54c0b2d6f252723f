#include "engine/ops/max_pool3d.h"

#include <array>

#include "engine/core/op_shapes.h"

namespace c3d {
namespace {

class MaxPool3d : public Op {
 public:
  explicit MaxPool3d(const Pool3dGeometry& geometry) : geometry_(geometry) {}
  std::string name() const override { return "max_pool3d"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override {
    c.backend.max_pool3d_forward(geometry_, c.inputs[0], c.outputs[0],
                                 c.saved.empty() ? Tensor() : c.saved[0]);
  }
  void backward(const OpContext& c) const override {
    c.backend.max_pool3d_backward(geometry_, c.saved[0], c.output_gradients[0], c.input_gradients[0]);
  }

 private:
  Pool3dGeometry geometry_;
};

}  // namespace

Var max_pool3d(Tape& tape, Var x, const Pool3dGeometry& geometry) {
  const TensorSpec& input = tape.spec(x);
  const Shape& shape = input.shape;
  expect(shape.rank() == 5, "max_pool3d: x {} must have 5 dimensions", to_string(shape));
  const Shape y = max_pool3d_output(geometry, shape);
  check_pool3d(geometry, shape, y);
  return tape.append(std::make_unique<MaxPool3d>(geometry), std::array{x},
                     std::array{TensorSpec{y, input.type}}, std::array{TensorSpec{y, DType::u8}})[0];
}

}  // namespace c3d
