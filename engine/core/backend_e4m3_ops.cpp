// Backend's ops over 8 bits, as backend_ops.cpp has the others.
#include "engine/core/backend.h"
#include "engine/core/op_checks.h"
#include "engine/core/op_shapes.h"

namespace c3d {
namespace {

void check_result(const char* op, ConstTensor y, Precision precision) {
  expect(!y.empty() && (y.type() == DType::e4m3 || y.type() == compute_type(precision)),
         "{}: y must be e4m3 or {}, but it is {}", op, to_string(compute_type(precision)),
         to_string(y.type()));
}

void check_operands(const char* op, ConstTensor x, ConstTensor weight, ConstTensor factors,
                    ConstTensor bias) {
  const Shape channels{weight.shape()[0]};
  check_type(op, "x", x, DType::e4m3);
  check_type(op, "the weights", weight, DType::e4m3);
  check_tensor(op, "factors", factors, channels, DType::f32);
  check_tensor(op, "bias", bias, channels, DType::f32);
}

[[noreturn]] void fail_without(const Backend& backend) {
  fail("{}: this device does not compute in fp8", backend.description());
}

}  // namespace

void Backend::conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                                  ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y) {
  check_conv3d(conv, x.shape(), filter.shape(), y.shape());
  check_operands("conv3d of e4m3", x, filter, factors, bias);
  check_result("conv3d of e4m3", y, precision());
  do_conv3d_e4m3_forward(conv, activation, x, filter, factors, bias, y);
}

void Backend::linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight,
                                  ConstTensor factors, ConstTensor bias, Tensor y) {
  check_linear(x.shape(), weight.shape(), y.shape());
  check_operands("linear of e4m3", x, weight, factors, bias);
  check_result("linear of e4m3", y, precision());
  do_linear_e4m3_forward(activation, x, weight, factors, bias, y);
}

void Backend::conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                                ConstTensor x, ConstTensor filter, ConstTensor bias,
                                                float factor, Tensor y) {
  constexpr const char* kOp = "conv3d_max_pool3d to e4m3";
  const DType type = compute_type(precision());
  check_fused_shapes(conv, pool, x.shape(), filter.shape(), y.shape());
  check_type(kOp, "x", x, type);
  check_type(kOp, "filter", filter, type);
  check_tensor(kOp, "bias", bias, {filter.shape()[0]}, type);
  check_type(kOp, "y", y, DType::e4m3);
  do_conv3d_max_pool3d_to_e4m3_forward(conv, pool, x, filter, bias, factor, y);
}

void Backend::e4m3_values(float scale, ConstTensor x, Tensor y) {
  check_type("e4m3 values", "x", x, DType::e4m3);
  check_tensor("e4m3 values", "y", y, x.shape(), compute_type(precision()));
  do_e4m3_values(scale, x, y);
}

void Backend::do_conv3d_e4m3_forward(const Conv3dGeometry& /*conv*/, Activation /*activation*/,
                                     ConstTensor /*x*/, ConstTensor /*filter*/, ConstTensor /*factors*/,
                                     ConstTensor /*bias*/, Tensor /*y*/) {
  fail_without(*this);
}

void Backend::do_linear_e4m3_forward(Activation /*activation*/, ConstTensor /*x*/, ConstTensor /*weight*/,
                                     ConstTensor /*factors*/, ConstTensor /*bias*/, Tensor /*y*/) {
  fail_without(*this);
}

void Backend::do_conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& /*conv*/,
                                                   const Pool3dGeometry& /*pool*/, ConstTensor /*x*/,
                                                   ConstTensor /*filter*/, ConstTensor /*bias*/,
                                                   float /*factor*/, Tensor /*y*/) {
  fail_without(*this);
}

void Backend::do_e4m3_values(float /*scale*/, ConstTensor /*x*/, Tensor /*y*/) { fail_without(*this); }

}  // namespace c3d
