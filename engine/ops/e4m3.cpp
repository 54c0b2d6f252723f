#include "engine/ops/e4m3.h"

#include <array>
#include <memory>
#include <utility>

#include "engine/core/op_shapes.h"

namespace c3d {
namespace {

// An op without a gradient.
template <typename Forward>
class E4m3Op : public Op {
 public:
  E4m3Op(std::string name, Forward forward) : name_(std::move(name)), forward_(std::move(forward)) {}
  std::string name() const override { return name_; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override { forward_(c); }
  void backward(const OpContext& /*context*/) const override { fail("{}: it has no gradient", name_); }

 private:
  std::string name_;
  Forward forward_;
};

template <typename Forward>
Var append(Tape& tape, std::string name, std::span<const Var> inputs, const TensorSpec& output,
           Forward forward) {
  expect(tape.mode() == Mode::infer, "{}: 8 bits are for inference", name);
  return tape.append(std::make_unique<E4m3Op<Forward>>(std::move(name), std::move(forward)), inputs,
                     std::array{output})[0];
}

}  // namespace

Var conv3d_e4m3(Tape& tape, Var x, const E4m3Weights& weights, const Conv3dGeometry& geometry,
                Activation activation) {
  const Shape& filter = weights.values.shape();
  const Shape y = conv3d_output(geometry, tape.spec(x).shape, filter);
  check_conv3d(geometry, tape.spec(x).shape, filter, y);
  return append(tape, "conv3d_e4m3", std::array{x}, {y, DType::e4m3}, [=](const OpContext& c) {
    c.backend.conv3d_e4m3_forward(geometry, activation, c.inputs[0], weights.values, weights.factors,
                                  weights.bias, c.outputs[0]);
  });
}

Var linear_e4m3(Tape& tape, Var x, const E4m3Weights& weights, Activation activation, DType result) {
  const Shape y{tape.spec(x).shape[0], weights.values.shape()[0]};
  check_linear(tape.spec(x).shape, weights.values.shape(), y);
  return append(tape, "linear_e4m3", std::array{x}, {y, result}, [=](const OpContext& c) {
    c.backend.linear_e4m3_forward(activation, c.inputs[0], weights.values, weights.factors, weights.bias,
                                  c.outputs[0]);
  });
}

Var conv3d_relu_max_pool3d_to_e4m3(Tape& tape, Var x, Var filter, Var bias, const Conv3dGeometry& conv,
                                   const Pool3dGeometry& pool, float factor) {
  const Shape y = max_pool3d_output(pool, conv3d_output(conv, tape.spec(x).shape, tape.spec(filter).shape));
  check_fused_shapes(conv, pool, tape.spec(x).shape, tape.spec(filter).shape, y);
  return append(tape, "conv3d_max_pool3d_to_e4m3", std::array{x, filter, bias}, {y, DType::e4m3},
                [=](const OpContext& c) {
                  c.backend.conv3d_max_pool3d_to_e4m3_forward(conv, pool, c.inputs[0], c.inputs[1],
                                                              c.inputs[2], factor, c.outputs[0]);
                });
}

Var e4m3_values(Tape& tape, Var x, float scale) {
  return append(tape, "e4m3_values", std::array{x}, {tape.spec(x).shape, tape.compute_type()},
                [=](const OpContext& c) { c.backend.e4m3_values(scale, c.inputs[0], c.outputs[0]); });
}

}  // namespace c3d
