#include "engine/core/op_shapes.h"

#include "engine/core/error.h"

namespace c3d {
namespace {

Extent3 spatial(const Shape& shape) { return {shape[1], shape[2], shape[3]}; }

}  // namespace

Shape conv3d_output(const Conv3dGeometry& conv, const Shape& x, const Shape& filter) {
  const Extent3 extent = output_extent(conv, spatial(x));
  return {x[0], extent.d, extent.h, extent.w, filter[0]};
}

Shape max_pool3d_output(const Pool3dGeometry& pool, const Shape& x) {
  const Extent3 extent = output_extent(pool, spatial(x));
  return {x[0], extent.d, extent.h, extent.w, x[4]};
}

void check_conv3d(const Conv3dGeometry& conv, const Shape& x, const Shape& filter, const Shape& y) {
  expect(x.rank() == 5 && filter.rank() == 5 && y.rank() == 5,
         "conv3d: x {}, filter {} and y {} must have 5 dimensions each", x, filter, y);
  expect(x[4] == filter[4], "conv3d: input has {} channels, filter expects {}", x[4], filter[4]);
  expect(Extent3{filter[1], filter[2], filter[3]} == conv.kernel,
         "conv3d: filter {} does not have the kernel {}x{}x{}", filter, conv.kernel.d, conv.kernel.h,
         conv.kernel.w);
  expect(conv.valid_input_channels >= 0 && conv.valid_input_channels <= x[4],
         "conv3d: {} of {} input channels are said to be valid", conv.valid_input_channels, x[4]);
  const Shape wanted = conv3d_output(conv, x, filter);
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
  const Shape wanted = max_pool3d_output(pool, x);
  expect(y == wanted && wanted.count() > 0, "max_pool3d: x {} gives {}, but y is {}", x, wanted, y);
}

void check_linear(const Shape& x, const Shape& weight, const Shape& y) {
  expect(x.rank() == 2 && weight.rank() == 2 && x[1] == weight[1] && y == Shape({x[0], weight[0]}),
         "linear: x {}, weight {} and y {} do not fit together", x, weight, y);
}

void check_fused_shapes(const Conv3dGeometry& conv, const Pool3dGeometry& pool, const Shape& x,
                        const Shape& filter, const Shape& y) {
  expect(x.rank() == 5 && filter.rank() == 5,
         "conv3d_max_pool3d: x and filter must have 5 axes, but they are {} and {}", x, filter);
  const Shape convolved = conv3d_output(conv, x, filter);
  check_conv3d(conv, x, filter, convolved);
  check_pool3d(pool, convolved, y);
}

}  // namespace c3d
