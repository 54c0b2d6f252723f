#include "kernels/cuda/conv_pool.h"

#include "engine/core/clip_groups.h"
#include "engine/core/op_shapes.h"
#include "kernels/cuda/check.h"
#include "kernels/cuda/first_conv.h"

namespace c3d::cuda {
namespace {

// A group's convolution has this many bytes of output. Fewer and larger launches fill the GPU better, and its
// memory is large; what a group needs counts as workspace.
constexpr std::int64_t kGroupBytes = std::int64_t{2} << 30;

std::uint8_t* argmax_of(Tensor argmax_u8) {
  return argmax_u8.empty() ? nullptr : argmax_u8.as<std::uint8_t>();
}

}  // namespace

bool ConvPool::is_first_layer(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                              ConstTensor filter) const {
  return first_conv_fits(element(), conv, pool, extent_of(x.shape()), x.shape()[4], filter.shape()[0]);
}

// In parts alike: cuDNN has a plan for each number of clips.
std::int64_t ConvPool::clips_at_once(const Shape& convolved) const {
  const auto bytes = convolved.with_first(1).count() * static_cast<std::int64_t>(size_of(type_));
  return clips_per_part(convolved[0], 1, clips_within(kGroupBytes, bytes));
}

template <typename Pool>
void ConvPool::convolve(const Conv3dGeometry& conv, ConstTensor x, ConstTensor filter, ConstTensor bias,
                        const Pool& pool) {
  const Shape whole = conv3d_output(conv, x.shape(), filter.shape());
  for_each_group(x.shape()[0], clips_at_once(whole), [&](std::int64_t first, std::int64_t count) {
    const Tensor part = workspace_.tensor(Purpose::convolved, whole.with_first(count), type_);
    convolutions_.forward(conv, Activation::relu, x.rows(first, count), filter, bias, part);
    pool(part, first, count);
  });
}

void ConvPool::forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                       ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax_u8) {
  if (is_first_layer(conv, pool, x, filter)) {
    check(first_conv_max_pool({x.shape()[0], extent_of(x.shape()), x.data(), filter.data(), bias.data(),
                               y.data(), argmax_of(argmax_u8)},
                              stream_),
          "the first convolution");
    convolutions_.computed_elsewhere("first_conv");
    return;
  }
  convolve(conv, x, filter, bias, [&](ConstTensor part, std::int64_t first, std::int64_t count) {
    const Tensor y_part = y.rows(first, count);
    check(max_pool_forward(element(), pool_arguments(pool, part.shape(), y_part.shape()), part.data(),
                           y_part.data(),
                           argmax_u8.empty() ? nullptr : argmax_of(argmax_u8.rows(first, count)), stream_),
          "the max_pool3d of a convolution");
  });
}

void ConvPool::forward_to_e4m3(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                               ConstTensor filter, ConstTensor bias, float factor, Tensor y) {
  convolve(conv, x, filter, bias, [&](ConstTensor part, std::int64_t first, std::int64_t count) {
    const Tensor y_part = y.rows(first, count);
    check(max_pool_bf16_to_e4m3(pool_arguments(pool, part.shape(), y_part.shape()), part.data(), factor,
                                y_part.data(), stream_),
          "the max_pool3d of a convolution, in 8 bits");
  });
}

void ConvPool::first_backward(ConstTensor x, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                              Tensor dfilter, Tensor dbias) {
  check(
      first_conv_max_pool_backward(
          {.clips = x.shape()[0],
           .input = extent_of(x.shape()),
           .x = x.data(),
           .argmax = argmax_u8.as<std::uint8_t>(),
           .y = y.data(),
           .dy = dy.data(),
           .dfilter = dfilter.as<float>(),
           .dbias = dbias.as<float>(),
           .partials = workspace_.tensor(Purpose::partials, {first_conv_partials()}, DType::f32).as<float>()},
          stream_),
      "the gradients of the first convolution");
}

void ConvPool::backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                        ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy, Tensor dx,
                        Tensor dfilter, Tensor dbias) {
  const std::int64_t clips = x.shape()[0], filters = filter.shape()[0];
  const Shape whole = conv3d_output(conv, x.shape(), filter.shape());
  if (dx.empty() && !dfilter.empty() && !dbias.empty() && is_first_layer(conv, pool, x, filter)) {
    return first_backward(x, argmax_u8, y, dy, dfilter, dbias);
  }
  for_each_group(clips, clips_at_once(whole), [&](std::int64_t first, std::int64_t count) {
    const ConstTensor x_part = x.rows(first, count), y_part = y.rows(first, count),
                      dy_part = dy.rows(first, count), argmax_part = argmax_u8.rows(first, count);
    const Tensor part = workspace_.tensor(Purpose::convolved, whole.with_first(count), type_);
    float* const partials =
        workspace_.tensor(Purpose::partials, {partial_count(filters)}, DType::f32).as<float>();
    check(max_pool_relu_backward(element(), pool_arguments(pool, part.shape(), dy_part.shape()),
                                 argmax_part.as<std::uint8_t>(), y_part.data(), dy_part.data(), part.data(),
                                 dbias.empty() ? nullptr : dbias.as<float>(), first > 0, partials, stream_),
          "the backward of ReLU and max_pool3d");
    if (!dfilter.empty()) convolutions_.backward_filter(conv, x_part, part, dfilter, first > 0);
    if (!dx.empty()) convolutions_.backward_data(conv, filter, part, dx.rows(first, count));
  });
}

}  // namespace c3d::cuda
