#include "engine/core/backend.h"

#include <algorithm>

namespace c3d {
namespace {

// The defaults of the fused ops keep the convolution's output of this many bytes at a time.
constexpr std::int64_t kGroupBytes = std::int64_t{192} << 20;

Extent3 spatial(const Shape& shape) { return {shape[1], shape[2], shape[3]}; }

Shape convolved(const Conv3dGeometry& conv, const Shape& x, const Shape& filter, std::int64_t clips) {
  const Extent3 extent = output_extent(conv, spatial(x));
  return {clips, extent.d, extent.h, extent.w, filter[0]};
}

std::int64_t clips_per_group(const Shape& one_clip, DType type, std::int64_t clips) {
  const std::int64_t bytes = one_clip.count() * static_cast<std::int64_t>(size_of(type));
  return std::clamp<std::int64_t>(kGroupBytes / std::max<std::int64_t>(bytes, 1), 1, clips);
}

std::int64_t aligned(std::int64_t bytes) { return (bytes + 255) / 256 * 256; }

}  // namespace

const char* to_string(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return "f32";
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      return "bf16";
  }
  return "?";
}

Buffer::Buffer(std::byte* data, std::size_t bytes, Place place, Free free)
    : data_(data, std::move(free)), bytes_(bytes), place_(place) {}

Tensor Buffer::tensor(const Shape& shape, DType type, std::size_t offset_bytes) const {
  const Tensor view(data() + offset_bytes, shape, type, place_);
  expect(offset_bytes + view.bytes() <= bytes_, "buffer of {} bytes: {} {} at {} does not fit", bytes_,
         to_string(type), shape, offset_bytes);
  return view;
}

void Backend::add_plan(const std::string& /*lines*/) { fail("{} has no plan to be given", description()); }

void Backend::replay(std::uint64_t /*program*/, const std::function<void()>& step) { step(); }

void Backend::conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                        ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax_u8) {
  const std::int64_t clips = x.shape()[0];
  const Shape one = convolved(conv, x.shape(), filter.shape(), 1);
  const std::int64_t group = clips_per_group(one, x.type(), clips);
  const Tensor convolved_group = scratch(one.with_first(group), x.type());
  for (std::int64_t first = 0; first < clips; first += group) {
    const std::int64_t count = std::min(group, clips - first);
    const Tensor part = convolved_group.rows(0, count);
    conv3d_forward(conv, Activation::relu, x.rows(first, count), filter, bias, part);
    max_pool3d_forward(pool, part, y.rows(first, count),
                       argmax_u8.empty() ? Tensor() : argmax_u8.rows(first, count));
  }
}

void Backend::conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                         ConstTensor x, ConstTensor filter, ConstTensor argmax_u8,
                                         ConstTensor y, ConstTensor dy, Tensor dx, Tensor dfilter,
                                         Tensor dbias) {
  const std::int64_t clips = x.shape()[0];
  const Shape one = convolved(conv, x.shape(), filter.shape(), 1);
  const std::int64_t group = clips_per_group(one, x.type(), clips);
  // Scratch: gradient of the convolution's output, masked gradient of the pooled output, and the filter and
  // bias gradient of one group where there are several.
  const std::int64_t element = static_cast<std::int64_t>(size_of(x.type()));
  const std::int64_t convolved_bytes = aligned(one.count() * group * element);
  const std::int64_t pooled_bytes = aligned(dy.count() / clips * group * element);
  const std::int64_t filter_bytes = group < clips ? aligned(dfilter.count() * 4) : 0;
  const std::int64_t bias_bytes = group < clips ? aligned(dbias.count() * 4) : 0;
  const Tensor all = scratch({convolved_bytes + pooled_bytes + filter_bytes + bias_bytes}, DType::u8);
  std::byte* next = all.data();
  const auto take = [&](const Shape& shape, DType type, std::int64_t bytes) {
    const Tensor view(next, shape, type, all.place());
    next += bytes;
    return view;
  };
  const Tensor dconvolved = take(one.with_first(group), x.type(), convolved_bytes);
  const Tensor masked = take(dy.shape().with_first(group), x.type(), pooled_bytes);
  const Tensor dfilter_part = take(dfilter.shape(), DType::f32, filter_bytes);
  const Tensor dbias_part = take(dbias.shape(), DType::f32, bias_bytes);

  for (std::int64_t first = 0; first < clips; first += group) {
    const std::int64_t count = std::min(group, clips - first);
    copy(dy.rows(first, count), masked.rows(0, count));
    relu_backward(y.rows(first, count), masked.rows(0, count));
    max_pool3d_backward(pool, argmax_u8.rows(first, count), masked.rows(0, count), dconvolved.rows(0, count));
    if (!dfilter.empty() && first == 0) {
      conv3d_backward_filter(conv, x.rows(first, count), dconvolved.rows(0, count), dfilter, dbias);
    } else if (!dfilter.empty()) {
      conv3d_backward_filter(conv, x.rows(first, count), dconvolved.rows(0, count), dfilter_part, dbias_part);
      accumulate(dfilter_part, dfilter);
      accumulate(dbias_part, dbias);
    }
    if (!dx.empty()) conv3d_backward_data(conv, filter, dconvolved.rows(0, count), dx.rows(first, count));
  }
}

void check_conv3d(const Conv3dGeometry& conv, const Shape& x, const Shape& filter, const Shape& y) {
  expect(x.rank() == 5 && filter.rank() == 5 && y.rank() == 5,
         "conv3d: x {}, filter {} and y {} must have 5 dimensions each", x, filter, y);
  expect(x[4] == filter[4], "conv3d: input has {} channels, filter expects {}", x[4], filter[4]);
  expect(Extent3{filter[1], filter[2], filter[3]} == conv.kernel,
         "conv3d: filter {} does not have the kernel {}x{}x{}", filter, conv.kernel.d, conv.kernel.h,
         conv.kernel.w);
  expect(conv.used_input_channels >= 0 && conv.used_input_channels <= x[4],
         "conv3d: {} of {} input channels are said to be used", conv.used_input_channels, x[4]);
  const Shape wanted = convolved(conv, x, filter, x[0]);
  expect(y == wanted && wanted.count() > 0, "conv3d: x {} with filter {} gives {}, but y is {}", x, filter,
         wanted, y);
}

void check_pool3d(const Pool3dGeometry& pool, const Shape& x, const Shape& y) {
  expect(x.rank() == 5 && y.rank() == 5, "max_pool3d: x {} and y {} must have 5 dimensions each", x, y);
  expect(pool.kernel.volume() <= 256,
         "max_pool3d: a window of {} elements, at most 256 have a one-byte position", pool.kernel.volume());
  const auto half = [](std::int64_t pad, std::int64_t kernel) { return pad >= 0 && 2 * pad <= kernel; };
  expect(half(pool.pad_before.d, pool.kernel.d) && half(pool.pad_before.h, pool.kernel.h) &&
             half(pool.pad_before.w, pool.kernel.w) && half(pool.pad_after.d, pool.kernel.d) &&
             half(pool.pad_after.h, pool.kernel.h) && half(pool.pad_after.w, pool.kernel.w),
         "max_pool3d: padding must be at most half the window, so that no window is all padding");
  const Extent3 extent = output_extent(pool, spatial(x));
  const Shape wanted{x[0], extent.d, extent.h, extent.w, x[4]};
  expect(y == wanted && wanted.count() > 0, "max_pool3d: x {} gives {}, but y is {}", x, wanted, y);
}

void check_linear(const Shape& x, const Shape& weight, const Shape& y) {
  expect(x.rank() == 2 && weight.rank() == 2 && x[1] == weight[1] && y == Shape({x[0], weight[0]}),
         "linear: x {}, weight {} and y {} do not fit together", x, weight, y);
}

}  // namespace c3d
