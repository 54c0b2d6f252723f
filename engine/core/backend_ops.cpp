// Backend's ops: each checks what its contract in backend.h asks for, and lets the backend compute. Messages
// begin with the op's name.
#include "engine/core/backend.h"
#include "engine/core/op_checks.h"
#include "engine/core/op_shapes.h"

namespace c3d {
namespace {

// Gradients want more range and more bits than fp8 has.
void check_gradients(const char* op, Precision precision) {
  expect(precision != Precision::fp8, "{}: there are no gradients in fp8; compute them in f32 or bf16", op);
}

void check_crops(ConstTensor crops_i32, const Shape& frames, const Shape& clips) {
  check_tensor("normalize_clip", "crops", crops_i32, {frames[0], 3}, DType::i32);
  for (std::int64_t n = 0; n < frames[0] && on_host(crops_i32); ++n) {
    const std::int32_t* crop = crops_i32.as<std::int32_t>() + n * 3;
    expect(crop[0] >= 0 && crop[1] >= 0 && crop[0] + clips[2] <= frames[2] && crop[1] + clips[3] <= frames[3],
           "normalize_clip: a crop of {}x{} at row {}, column {} leaves the frame of {}x{}", clips[2],
           clips[3], crop[0], crop[1], frames[2], frames[3]);
  }
}

}  // namespace

void Backend::copy(ConstTensor from, Tensor to) {
  expect(from.type() == to.type() && from.count() == to.count(), "copy: {} {} into {} {}",
         to_string(from.type()), from.shape(), to_string(to.type()), to.shape());
  do_copy(from, to);
}

void Backend::copy_parts(std::span<const ConstTensor> parts, Tensor to) {
  std::int64_t count = 0;
  for (const ConstTensor& part : parts) {
    expect(part.type() == to.type(), "copy_parts: {} into {}", to_string(part.type()), to_string(to.type()));
    count += part.count();
  }
  expect(count == to.count(), "copy_parts: {} elements into {} {}", count, to_string(to.type()), to.shape());
  do_copy_parts(parts, to);
}

void Backend::parameters_changed(ConstTensor values, Tensor bf16_copy) {
  check_optional("parameters_changed", "values", values, values.shape(), DType::f32);
  check_optional("parameters_changed", "the bf16 copy", bf16_copy, values.shape(), DType::bf16);
  do_parameters_changed(values, bf16_copy);
}

void Backend::conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                             ConstTensor filter, ConstTensor bias, Tensor y) {
  const DType type = compute_type(precision());
  check_conv3d(conv, x.shape(), filter.shape(), y.shape());
  check_type("conv3d", "x", x, type);
  check_type("conv3d", "filter", filter, type);
  check_tensor("conv3d", "bias", bias, {filter.shape()[0]}, type);
  check_type("conv3d", "y", y, type);
  do_conv3d_forward(conv, activation, x, filter, bias, y);
}

void Backend::conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                                   Tensor dx) {
  check_gradients("conv3d", precision());
  const DType type = compute_type(precision());
  check_conv3d(conv, dx.shape(), filter.shape(), dy.shape());
  check_type("conv3d", "filter", filter, type);
  check_type("conv3d", "dy", dy, type);
  check_type("conv3d", "dx", dx, type);
  do_conv3d_backward_data(conv, filter, dy, dx);
}

void Backend::conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy,
                                     Tensor dfilter, Tensor dbias) {
  check_gradients("conv3d", precision());
  const DType type = compute_type(precision());
  expect(x.shape().rank() == 5 && dy.shape().rank() == 5,
         "conv3d: x {} and dy {} must have 5 dimensions each", x.shape(), dy.shape());
  const std::int64_t filters = dy.shape()[4];
  const Shape filter{filters, conv.kernel.d, conv.kernel.h, conv.kernel.w, x.shape()[4]};
  check_conv3d(conv, x.shape(), filter, dy.shape());
  check_type("conv3d", "x", x, type);
  check_type("conv3d", "dy", dy, type);
  check_optional("conv3d", "dfilter", dfilter, filter, DType::f32);
  check_optional("conv3d", "dbias", dbias, {filters}, DType::f32);
  do_conv3d_backward_filter(conv, x, dy, dfilter, dbias);
}

void Backend::max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8) {
  const DType type = x.type() == DType::e4m3 ? DType::e4m3 : compute_type(precision());
  check_pool3d(pool, x.shape(), y.shape());
  check_type("max_pool3d", "x", x, type);
  check_type("max_pool3d", "y", y, type);
  expect(type != DType::e4m3 || argmax_u8.empty(), "max_pool3d: e4m3 has no argmax");
  check_optional("max_pool3d", "argmax", argmax_u8, y.shape(), DType::u8);
  do_max_pool3d_forward(pool, x, y, argmax_u8);
}

void Backend::max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                                  Tensor dx) {
  const DType type = compute_type(precision());
  check_pool3d(pool, dx.shape(), dy.shape());
  check_tensor("max_pool3d", "argmax", argmax_u8, dy.shape(), DType::u8);
  check_type("max_pool3d", "dy", dy, type);
  check_type("max_pool3d", "dx", dx, type);
  do_max_pool3d_backward(pool, argmax_u8, dy, dx);
}

void Backend::conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                        ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax_u8) {
  const DType type = compute_type(precision());
  check_fused_shapes(conv, pool, x.shape(), filter.shape(), y.shape());
  check_type("conv3d_max_pool3d", "x", x, type);
  check_type("conv3d_max_pool3d", "filter", filter, type);
  check_tensor("conv3d_max_pool3d", "bias", bias, {filter.shape()[0]}, type);
  check_type("conv3d_max_pool3d", "y", y, type);
  check_optional("conv3d_max_pool3d", "argmax", argmax_u8, y.shape(), DType::u8);
  do_conv3d_max_pool3d_forward(conv, pool, x, filter, bias, y, argmax_u8);
}

void Backend::conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                         ConstTensor x, ConstTensor filter, ConstTensor argmax_u8,
                                         ConstTensor y, ConstTensor dy, Tensor dx, Tensor dfilter,
                                         Tensor dbias) {
  check_gradients("conv3d_max_pool3d", precision());
  const DType type = compute_type(precision());
  check_fused_shapes(conv, pool, x.shape(), filter.shape(), dy.shape());
  check_type("conv3d_max_pool3d", "x", x, type);
  check_type("conv3d_max_pool3d", "filter", filter, type);
  check_tensor("conv3d_max_pool3d", "argmax", argmax_u8, dy.shape(), DType::u8);
  check_tensor("conv3d_max_pool3d", "y", y, dy.shape(), type);
  check_type("conv3d_max_pool3d", "dy", dy, type);
  check_optional("conv3d_max_pool3d", "dx", dx, x.shape(), type);
  check_optional("conv3d_max_pool3d", "dfilter", dfilter, filter.shape(), DType::f32);
  check_optional("conv3d_max_pool3d", "dbias", dbias, {filter.shape()[0]}, DType::f32);
  do_conv3d_max_pool3d_backward(conv, pool, x, filter, argmax_u8, y, dy, dx, dfilter, dbias);
}

void Backend::linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                             Tensor y) {
  const DType type = compute_type(precision());
  check_linear(x.shape(), weight.shape(), y.shape());
  check_type("linear", "x", x, type);
  check_type("linear", "weight", weight, type);
  check_tensor("linear", "bias", bias, {weight.shape()[0]}, type);
  check_type("linear", "y", y, type);
  do_linear_forward(activation, x, weight, bias, y);
}

void Backend::linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                              Tensor dbias) {
  check_gradients("linear", precision());
  const DType type = compute_type(precision());
  check_linear(x.shape(), weight.shape(), dy.shape());
  check_type("linear", "x", x, type);
  check_type("linear", "weight", weight, type);
  check_type("linear", "dy", dy, type);
  check_optional("linear", "dx", dx, x.shape(), type);
  check_optional("linear", "dweight", dweight, weight.shape(), DType::f32);
  check_optional("linear", "dbias", dbias, {weight.shape()[0]}, DType::f32);
  do_linear_backward(x, weight, dy, dx, dweight, dbias);
}

void Backend::relu_forward(ConstTensor x, Tensor y) {
  const DType type = compute_type(precision());
  check_type("relu", "x", x, type);
  check_tensor("relu", "y", y, x.shape(), type);
  do_relu_forward(x, y);
}

void Backend::relu_backward(ConstTensor y, Tensor dy_in_place) {
  const DType type = compute_type(precision());
  check_type("relu", "y", y, type);
  check_tensor("relu", "dy", dy_in_place, y.shape(), type);
  do_relu_backward(y, dy_in_place);
}

void Backend::dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) {
  const DType type = compute_type(precision());
  expect(drop_probability >= 0 && drop_probability < 1, "dropout: the probability {} is not in [0, 1)",
         drop_probability);
  check_type("dropout", "x", x, type);
  check_tensor("dropout", "y", y, x.shape(), type);
  do_dropout(op, drop_probability, x, y);
}

void Backend::normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                             ConstTensor crops_i32, Tensor x) {
  const Shape &frames = frames_u8.shape(), &clips = x.shape();
  check_type("normalize_clip", "frames", frames_u8, DType::u8);
  check_type("normalize_clip", "mean", mean, DType::f32);
  check_type("normalize_clip", "x", x, compute_type(precision()));
  expect(frames.rank() == 5 && clips.rank() == 5 && frames[4] == 3 && clips[4] >= 3 &&
             frames[0] == clips[0] && frames[1] == clips[1],
         "normalize_clip: frames {} do not give clips {}", frames, clips);
  const Shape cube{frames[1], frames[2], frames[3], 3};
  expect(mean.shape() == Shape{3} || mean.shape() == cube,
         "normalize_clip: the mean must be [3] or {}, but it is {}", cube, mean.shape());
  check_crops(crops_i32, frames, clips);
  do_normalize_clip(normalization, frames_u8, mean, crops_i32, x);
}

void Backend::accumulate(ConstTensor x, Tensor y_in_place) {
  expect(x.type() == DType::f32 || x.type() == DType::bf16, "accumulate: {} cannot be added",
         to_string(x.type()));
  check_type("accumulate", "x", x, x.type());
  check_tensor("accumulate", "y", y_in_place, x.shape(), x.type());
  do_accumulate(x, y_in_place);
}

void Backend::sum_of_squares(ConstTensor values, Tensor scalar) {
  check_type("sum_of_squares", "values", values, DType::f32);
  check_tensor("sum_of_squares", "scalar", scalar, {1}, DType::f32);
  do_sum_of_squares(values, scalar);
}

void Backend::all_reduce(Tensor values_in_place, int contributors) {
  check_type("all_reduce", "values", values_in_place, DType::f32);
  if (reducer_ != nullptr) reducer_->start(values_in_place, contributors, queue());
}

void Backend::join_all_reduces() {
  if (reducer_ != nullptr) reducer_->join(queue());
}

}  // namespace c3d
