#include "engine/core/op_checks.h"

namespace c3d::op_checks {
namespace {

// An empty tensor is a gradient or a copy that is not wanted.
void optional(const char* op, const char* name, ConstTensor tensor, const Shape& shape, DType type) {
  if (tensor.empty()) return;
  expect(tensor.shape() == shape && tensor.type() == type, "{}: {} must be {} {}, but it is {} {}", op, name,
         to_string(type), shape, to_string(tensor.type()), tensor.shape());
}

void wanted(const char* op, const char* name, ConstTensor tensor, const Shape& shape, DType type) {
  expect(!tensor.empty(), "{}: {} is missing", op, name);
  optional(op, name, tensor, shape, type);
}

void of_type(const char* op, const char* name, ConstTensor tensor, DType type) {
  wanted(op, name, tensor, tensor.shape(), type);
}

bool on_host(ConstTensor tensor) { return tensor.place() != Place::device; }

void labels(ConstTensor labels_i32, const Shape& logits) {
  wanted("softmax_cross_entropy", "labels", labels_i32, {logits[0]}, DType::i32);
  for (std::int64_t n = 0; n < logits[0] && on_host(labels_i32); ++n) {
    const std::int32_t label = labels_i32.as<std::int32_t>()[n];
    expect(label >= -1 && label < logits[1],
           "softmax_cross_entropy: row {} has label {}, but there are {} classes", n, label, logits[1]);
  }
}

}  // namespace

void conv3d_forward(DType type, const Conv3dGeometry& conv, ConstTensor x, ConstTensor filter,
                    ConstTensor bias, ConstTensor y) {
  check_conv3d(conv, x.shape(), filter.shape(), y.shape());
  of_type("conv3d", "x", x, type);
  of_type("conv3d", "filter", filter, type);
  wanted("conv3d", "bias", bias, {filter.shape()[0]}, type);
  of_type("conv3d", "y", y, type);
}

void conv3d_backward_data(DType type, const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                          ConstTensor dx) {
  check_conv3d(conv, dx.shape(), filter.shape(), dy.shape());
  of_type("conv3d", "filter", filter, type);
  of_type("conv3d", "dy", dy, type);
  of_type("conv3d", "dx", dx, type);
}

void conv3d_backward_filter(DType type, const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy,
                            ConstTensor dfilter, ConstTensor dbias) {
  const std::int64_t filters = dy.shape()[4];
  const Shape filter{filters, conv.kernel.d, conv.kernel.h, conv.kernel.w, x.shape()[4]};
  check_conv3d(conv, x.shape(), filter, dy.shape());
  of_type("conv3d", "x", x, type);
  of_type("conv3d", "dy", dy, type);
  optional("conv3d", "dfilter", dfilter, filter, DType::f32);
  optional("conv3d", "dbias", dbias, {filters}, DType::f32);
}

void max_pool3d_forward(DType type, const Pool3dGeometry& pool, ConstTensor x, ConstTensor y,
                        ConstTensor argmax_u8) {
  check_pool3d(pool, x.shape(), y.shape());
  of_type("max_pool3d", "x", x, type);
  of_type("max_pool3d", "y", y, type);
  optional("max_pool3d", "argmax", argmax_u8, y.shape(), DType::u8);
}

void max_pool3d_backward(DType type, const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                         ConstTensor dx) {
  check_pool3d(pool, dx.shape(), dy.shape());
  wanted("max_pool3d", "argmax", argmax_u8, dy.shape(), DType::u8);
  of_type("max_pool3d", "dy", dy, type);
  of_type("max_pool3d", "dx", dx, type);
}

void conv3d_max_pool3d_forward(DType type, const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                               ConstTensor x, ConstTensor filter, ConstTensor bias, ConstTensor y,
                               ConstTensor argmax_u8) {
  const Shape &in = x.shape(), &taps = filter.shape();
  expect(in.rank() == 5 && taps.rank() == 5,
         "conv3d_max_pool3d: x and filter must have 5 axes, but they are {} and {}", in, taps);
  const Extent3 extent = output_extent(conv, {in[1], in[2], in[3]});
  const Shape convolved{in[0], extent.d, extent.h, extent.w, taps[0]};
  check_conv3d(conv, in, taps, convolved);
  check_pool3d(pool, convolved, y.shape());
  of_type("conv3d_max_pool3d", "x", x, type);
  of_type("conv3d_max_pool3d", "filter", filter, type);
  wanted("conv3d_max_pool3d", "bias", bias, {taps[0]}, type);
  of_type("conv3d_max_pool3d", "y", y, type);
  optional("conv3d_max_pool3d", "argmax", argmax_u8, y.shape(), DType::u8);
}

void linear_forward(DType type, ConstTensor x, ConstTensor weight, ConstTensor bias, ConstTensor y) {
  check_linear(x.shape(), weight.shape(), y.shape());
  of_type("linear", "x", x, type);
  of_type("linear", "weight", weight, type);
  wanted("linear", "bias", bias, {weight.shape()[0]}, type);
  of_type("linear", "y", y, type);
}

void linear_backward(DType type, ConstTensor x, ConstTensor weight, ConstTensor dy, ConstTensor dx,
                     ConstTensor dweight, ConstTensor dbias) {
  check_linear(x.shape(), weight.shape(), dy.shape());
  of_type("linear", "x", x, type);
  of_type("linear", "weight", weight, type);
  of_type("linear", "dy", dy, type);
  optional("linear", "dx", dx, x.shape(), type);
  optional("linear", "dweight", dweight, weight.shape(), DType::f32);
  optional("linear", "dbias", dbias, {weight.shape()[0]}, DType::f32);
}

void relu_forward(DType type, ConstTensor x, ConstTensor y) {
  of_type("relu", "x", x, type);
  wanted("relu", "y", y, x.shape(), type);
}

void relu_backward(DType type, ConstTensor y, ConstTensor dy) {
  of_type("relu", "y", y, type);
  wanted("relu", "dy", dy, y.shape(), type);
}

void dropout(DType type, float drop_probability, ConstTensor x, ConstTensor y) {
  expect(drop_probability >= 0 && drop_probability < 1, "dropout: the probability {} is not in [0, 1)",
         drop_probability);
  of_type("dropout", "x", x, type);
  wanted("dropout", "y", y, x.shape(), type);
}

void softmax_cross_entropy_forward(DType type, ConstTensor logits, ConstTensor labels_i32,
                                   ConstTensor probabilities, ConstTensor losses) {
  expect(logits.shape().rank() == 2 && logits.shape()[1] > 0,
         "softmax_cross_entropy: logits {} must be [N, classes]", logits.shape());
  expect(labels_i32.empty() == losses.empty(),
         "softmax_cross_entropy: labels and losses come together or not at all");
  of_type("softmax_cross_entropy", "logits", logits, type);
  wanted("softmax_cross_entropy", "probabilities", probabilities, logits.shape(), DType::f32);
  optional("softmax_cross_entropy", "losses", losses, {logits.shape()[0]}, DType::f32);
  if (!labels_i32.empty()) labels(labels_i32, logits.shape());
}

void softmax_cross_entropy_backward(DType type, ConstTensor probabilities, ConstTensor labels_i32,
                                    ConstTensor dlogits) {
  wanted("softmax_cross_entropy", "dlogits", dlogits, probabilities.shape(), type);
  wanted("softmax_cross_entropy", "probabilities", probabilities, dlogits.shape(), DType::f32);
  labels(labels_i32, dlogits.shape());
}

void normalize_clip(DType type, ConstTensor frames_u8, ConstTensor mean, ConstTensor crops_i32,
                    ConstTensor x) {
  const Shape &frames = frames_u8.shape(), &clips = x.shape();
  of_type("normalize_clip", "frames", frames_u8, DType::u8);
  of_type("normalize_clip", "mean", mean, DType::f32);
  of_type("normalize_clip", "x", x, type);
  expect(frames.rank() == 5 && clips.rank() == 5 && frames[4] == 3 && clips[4] >= 3 &&
             frames[0] == clips[0] && frames[1] == clips[1],
         "normalize_clip: frames {} do not give clips {}", frames, clips);
  const Shape cube{frames[1], frames[2], frames[3], 3};
  expect(mean.shape() == Shape{3} || mean.shape() == cube,
         "normalize_clip: the mean must be [3] or {}, but it is {}", cube, mean.shape());
  wanted("normalize_clip", "crops", crops_i32, {frames[0], 3}, DType::i32);
  for (std::int64_t n = 0; n < frames[0] && on_host(crops_i32); ++n) {
    const std::int32_t* crop = crops_i32.as<std::int32_t>() + n * 3;
    expect(crop[0] >= 0 && crop[1] >= 0 && crop[0] + clips[2] <= frames[2] && crop[1] + clips[3] <= frames[3],
           "normalize_clip: a crop of {}x{} at row {}, column {} leaves the frame of {}x{}", clips[2],
           clips[3], crop[0], crop[1], frames[2], frames[3]);
  }
}

void accumulate(ConstTensor x, ConstTensor y) {
  expect(x.type() == DType::f32 || x.type() == DType::bf16, "accumulate: {} cannot be added",
         to_string(x.type()));
  wanted("accumulate", "y", y, x.shape(), x.type());
}

void sgd_step(const SgdStep& sgd, ConstTensor parameters, ConstTensor gradients, ConstTensor velocity,
              ConstTensor bf16_copy) {
  const Shape& shape = parameters.shape();
  of_type("sgd", "parameters", parameters, DType::f32);
  wanted("sgd", "gradients", gradients, shape, DType::f32);
  wanted("sgd", "velocity", velocity, shape, DType::f32);
  optional("sgd", "the bf16 copy", bf16_copy, shape, DType::bf16);
  if (sgd.clip_norm > 0) wanted("sgd", "gradient_norm_squared", sgd.gradient_norm_squared, {1}, DType::f32);
  for (const SgdRange& range : sgd.ranges) {
    expect(range.first >= 0 && range.first <= range.last && range.last <= shape.count(),
           "sgd: elements {} to {} are not among the {} parameters", range.first, range.last, shape.count());
  }
}

void sum_of_squares(ConstTensor values, ConstTensor scalar) {
  of_type("sum_of_squares", "values", values, DType::f32);
  wanted("sum_of_squares", "scalar", scalar, {1}, DType::f32);
}

void copy(ConstTensor from, ConstTensor to) {
  expect(from.type() == to.type() && from.count() == to.count(), "copy: {} {} into {} {}",
         to_string(from.type()), from.shape(), to_string(to.type()), to.shape());
}

void parameters_changed(ConstTensor values, ConstTensor bf16_copy) {
  optional("parameters_changed", "the bf16 copy", bf16_copy, values.shape(), DType::bf16);
}

}  // namespace c3d::op_checks
