#include "engine/ops/conv3d.h"

#include <array>

#include "engine/core/op_shapes.h"

namespace c3d {
namespace {

enum Slot : std::size_t { kX, kFilter, kFilterBias };

bool wants_filter_gradient(const OpContext& c) {
  expect(c.input_gradients[kFilter].empty() == c.input_gradients[kFilterBias].empty(),
         "conv3d: filter and bias must be trained or frozen together");
  return !c.input_gradients[kFilter].empty();
}

class Conv3d : public Op {
 public:
  Conv3d(const Conv3dGeometry& geometry, Activation activation)
      : geometry_(geometry), activation_(activation) {}
  std::string name() const override { return "conv3d"; }
  BackwardReads backward_reads() const override {
    return {.inputs = true, .outputs = activation_ == Activation::relu};
  }
  void forward(const OpContext& c) const override {
    c.backend.conv3d_forward(geometry_, activation_, c.inputs[kX], c.inputs[kFilter], c.inputs[kFilterBias],
                             c.outputs[0]);
  }
  void backward(const OpContext& c) const override {
    const Tensor dy = c.output_gradients[0];
    if (activation_ == Activation::relu) c.backend.relu_backward(c.outputs[0], dy);
    if (wants_filter_gradient(c)) {
      c.backend.conv3d_backward_filter(geometry_, c.inputs[kX], dy, c.input_gradients[kFilter],
                                       c.input_gradients[kFilterBias]);
    }
    if (!c.input_gradients[kX].empty()) {
      c.backend.conv3d_backward_data(geometry_, c.inputs[kFilter], dy, c.input_gradients[kX]);
    }
  }

 private:
  Conv3dGeometry geometry_;
  Activation activation_;
};

class Conv3dMaxPool3d : public Op {
 public:
  Conv3dMaxPool3d(const Conv3dGeometry& conv, const Pool3dGeometry& pool) : conv_(conv), pool_(pool) {}
  std::string name() const override { return "conv3d_max_pool3d"; }
  BackwardReads backward_reads() const override { return {.inputs = true, .outputs = true}; }
  void forward(const OpContext& c) const override {
    c.backend.conv3d_max_pool3d_forward(conv_, pool_, c.inputs[kX], c.inputs[kFilter], c.inputs[kFilterBias],
                                        c.outputs[0], c.saved.empty() ? Tensor() : c.saved[0]);
  }
  void backward(const OpContext& c) const override {
    wants_filter_gradient(c);
    c.backend.conv3d_max_pool3d_backward(conv_, pool_, c.inputs[kX], c.inputs[kFilter], c.saved[0],
                                         c.outputs[0], c.output_gradients[0], c.input_gradients[kX],
                                         c.input_gradients[kFilter], c.input_gradients[kFilterBias]);
  }

 private:
  Conv3dGeometry conv_;
  Pool3dGeometry pool_;
};

Shape convolved(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter, const Shape& bias) {
  expect(x.rank() == 5 && filter.rank() == 5, "conv3d: x {} and filter {} must have 5 dimensions",
         to_string(x), to_string(filter));
  const Shape y = conv3d_output(geometry, x, filter);
  check_conv3d(geometry, x, filter, y);
  expect(bias == Shape({filter[0]}), "conv3d: bias {} for {} filters", to_string(bias), filter[0]);
  return y;
}

}  // namespace

Var conv3d(Tape& tape, Var x, Var filter, Var bias, const Conv3dGeometry& geometry, Activation activation) {
  const Shape y = convolved(geometry, tape.spec(x).shape, tape.spec(filter).shape, tape.spec(bias).shape);
  return tape.append(std::make_unique<Conv3d>(geometry, activation), std::array{x, filter, bias},
                     std::array{TensorSpec{y, tape.spec(x).type}})[0];
}

Var conv3d_relu_max_pool3d(Tape& tape, Var x, Var filter, Var bias, const Conv3dGeometry& conv,
                           const Pool3dGeometry& pool) {
  const Shape y = convolved(conv, tape.spec(x).shape, tape.spec(filter).shape, tape.spec(bias).shape);
  const Shape pooled = max_pool3d_output(pool, y);
  check_pool3d(pool, y, pooled);
  return tape.append(std::make_unique<Conv3dMaxPool3d>(conv, pool), std::array{x, filter, bias},
                     std::array{TensorSpec{pooled, tape.spec(x).type}},
                     std::array{TensorSpec{pooled, DType::u8}})[0];
}

}  // namespace c3d
