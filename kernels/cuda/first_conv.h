// A convolution over three colours with ReLU and max-pool in one kernel, and its backward, for the first
// layer's shape: 3x3x3 filters with padding 1, windows of 1x2x2; height and width are even. No launcher
// checks this: first_conv_fits() does. All pointers lie at 16 bytes.
#pragma once

#include "kernels/cuda/launch.h"

namespace c3d::cuda {

// x [clips, input, 8] of which three channels are other than zero, filter [64, 3, 3, 3, 8], bias [64],
// y [clips, input.d, input.h / 2, input.w / 2, 64], all bf16; argmax like y, or null (inference).
struct FirstConvArguments {
  std::int64_t clips;
  Extent3 input;
  const void *x, *filter, *bias;
  void* y;
  std::uint8_t* argmax;
};
cudaError_t first_conv_max_pool(const FirstConvArguments& arguments, cudaStream_t stream);

inline constexpr int kFirstConvFilters = 64, kFirstConvSums = 96 * kFirstConvFilters;
// Of backward, at most: as many as multiprocessors run at once.
inline std::int64_t first_conv_blocks() { return 3 * multiprocessors(); }
// How many floats of scratch backward wants.
inline std::int64_t first_conv_partials() { return (first_conv_blocks() + 1) * kFirstConvSums; }
// y and dy are pooled; dfilter [64, 3, 3, 3, 8] and dbias [64] are f32 and both wanted.
struct FirstConvGradients {
  std::int64_t clips;
  Extent3 input;
  const void* x;
  const std::uint8_t* argmax;
  const void *y, *dy;
  float *dfilter, *dbias, *partials;
};
cudaError_t first_conv_max_pool_backward(const FirstConvGradients& arguments, cudaStream_t stream);

constexpr bool first_conv_fits(Element element, const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                               const Extent3& input, std::int64_t channels, std::int64_t filters) {
  constexpr Extent3 kWindow{1, 2, 2}, kNone{0, 0, 0};
  constexpr Conv3dGeometry kPlain;
  return element == Element::bf16 && conv.kernel == kPlain.kernel && conv.stride == kPlain.stride &&
         conv.pad == kPlain.pad && conv.valid_input_channels > 0 && conv.valid_input_channels <= 3 &&
         channels == 8 && filters == kFirstConvFilters && pool.kernel == kWindow && pool.stride == kWindow &&
         pool.pad_before == kNone && pool.pad_after == kNone && input.h % 2 == 0 && input.w % 2 == 0;
}

}  // namespace c3d::cuda
