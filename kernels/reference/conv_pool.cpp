// Convolution, ReLU and max-pool as the ops that they are made of, over groups of clips.
#include <cstring>

#include "engine/core/clip_groups.h"
#include "engine/core/op_shapes.h"
#include "kernels/reference/ops.h"

namespace c3d::reference {
namespace {

// The convolution's output of this many bytes at a time, or of one clip.
constexpr std::int64_t kGroupBytes = std::int64_t{192} << 20;

std::int64_t clips_at_once(const Shape& convolved, DType type) {
  return clips_within(kGroupBytes,
                      convolved.with_first(1).count() * static_cast<std::int64_t>(size_of(type)));
}

Tensor tensor_in(std::vector<std::byte>& memory, const Shape& shape, DType type) {
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(type);
  if (bytes > memory.size()) memory.resize(bytes);
  return {memory.data(), shape, type};
}

}  // namespace

void conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                               ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax_u8,
                               FusedScratch& scratch) {
  const Shape whole = conv3d_output(conv, x.shape(), filter.shape());
  for_each_group(whole[0], clips_at_once(whole, x.type()), [&](std::int64_t first, std::int64_t count) {
    const Tensor convolved = tensor_in(scratch.convolved, whole.with_first(count), x.type());
    conv3d_forward(conv, Activation::relu, x.rows(first, count), filter, bias, convolved);
    max_pool3d_forward(pool, convolved, y.rows(first, count),
                       argmax_u8.empty() ? Tensor() : argmax_u8.rows(first, count));
  });
}

void conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                                Tensor dx, Tensor dfilter, Tensor dbias, FusedScratch& scratch) {
  const Shape whole = conv3d_output(conv, x.shape(), filter.shape());
  for_each_group(whole[0], clips_at_once(whole, x.type()), [&](std::int64_t first, std::int64_t count) {
    const ConstTensor x_part = x.rows(first, count), dy_part = dy.rows(first, count);
    const Tensor masked = tensor_in(scratch.pooled, dy_part.shape(), x.type());
    std::memcpy(masked.data(), dy_part.data(), dy_part.bytes());
    relu_backward(y.rows(first, count), masked);
    const Tensor dconvolved = tensor_in(scratch.convolved, whole.with_first(count), x.type());
    max_pool3d_backward(pool, argmax_u8.rows(first, count), masked, dconvolved);
    if (!dx.empty()) conv3d_backward_data(conv, filter, dconvolved, dx.rows(first, count));
    if (first == 0) {
      conv3d_backward_filter(conv, x_part, dconvolved, dfilter, dbias);
      return;
    }
    Tensor dfilter_part, dbias_part;
    if (!dfilter.empty()) dfilter_part = tensor_in(scratch.filter, dfilter.shape(), DType::f32);
    if (!dbias.empty()) dbias_part = tensor_in(scratch.bias, dbias.shape(), DType::f32);
    conv3d_backward_filter(conv, x_part, dconvolved, dfilter_part, dbias_part);
    if (!dfilter.empty()) accumulate(dfilter_part, dfilter);
    if (!dbias.empty()) accumulate(dbias_part, dbias);
  });
}

}  // namespace c3d::reference
