// A convolution over three colours with ReLU and max-pool in one kernel, for the first layer's shape.
#pragma once

#include "kernels/cuda/launch.h"

namespace c3d::cuda {

// x [clips, input, 8] of which channels from the fourth on are not read, filter [64, 3, 3, 3, 8], bias [64],
// y [clips, input.d, input.h / 2, input.w / 2, 64], all bf16; argmax like y, or null (inference). 3x3x3
// filters with padding 1, windows of 1x2x2; height and width are even. All pointers lie at 16 bytes.
struct FirstConvArguments {
  std::int64_t clips;
  Extent3 input;
  const void *x, *filter, *bias;
  void* y;
  std::uint8_t* argmax;
};
cudaError_t first_conv_max_pool(const FirstConvArguments& arguments, cudaStream_t stream);

// Whether it computes this.
constexpr bool first_conv_fits(Element element, const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                               const Extent3& input, std::int64_t channels, std::int64_t filters) {
  constexpr Extent3 kWindow{1, 2, 2}, kNone{0, 0, 0};
  constexpr Conv3dGeometry kPlain;
  return element == Element::bf16 && conv.kernel == kPlain.kernel && conv.stride == kPlain.stride &&
         conv.pad == kPlain.pad && conv.used_input_channels > 0 && conv.used_input_channels <= 4 &&
         channels == 8 && filters == 64 && pool.kernel == kWindow && pool.stride == kWindow &&
         pool.pad_before == kNone && pool.pad_after == kNone && input.h % 2 == 0 && input.w % 2 == 0;
}

}  // namespace c3d::cuda
