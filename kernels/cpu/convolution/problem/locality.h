// Which passes of few channels the tiles' kernels hold in a core's second cache, so that memory sees inputs
// and outputs as they are, once. Pure functions of the sizes.
#pragma once

#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

// Forward and backward data: inputs of one block of channels.
[[gnu::always_inline]] constexpr bool holds_convolution(const ConvolutionSizes& sizes) {
  return sizes.stride == Extent3{1, 1, 1} && sizes.valid_channels <= 32 && sizes.out_channels <= 64;
}

// The filters' gradient: all its sums, in tiles of 16 x 16.
[[gnu::always_inline]] constexpr bool holds_gradient(const ConvolutionSizes& sizes) {
  constexpr std::int64_t kTileBytes = 1024, kBytes = std::int64_t{512} << 10;
  const std::int64_t tiles =
      ceil_div(sizes.valid_channels, 16) * ceil_div(sizes.out_channels, 16) * sizes.kernel.volume();
  return sizes.stride == Extent3{1, 1, 1} && tiles * kTileBytes <= kBytes;
}

}  // namespace c3d::cpu
