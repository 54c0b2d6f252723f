// Device code that the two kernels of the first layer share: how the convolution's output is dealt to blocks,
// and what a pixel is.
#pragma once

#include "kernels/cuda/first_conv.h"

namespace c3d::cuda {

// A block's part of the convolution's output, and the pixels it reads: one more on every side.
inline constexpr int kTileD = 4, kTileH = 4, kTileW = 112;
inline constexpr int kSourceD = kTileD + 2, kSourceH = kTileH + 2, kSourceW = kTileW + 2;

inline constexpr int kStored = 8, kTaps = 27;

struct alignas(8) Pixel {  // four of the stored channels, two in each word
  std::uint32_t low, high;
};

struct Tile {
  int clip, d, h, w;
};
// problem: has the tiles of a clip along each axis.
template <typename Problem>
__device__ Tile tile_of(const Problem& problem, int number) {
  const int w = number % problem.tiles_w, rest = number / problem.tiles_w;
  const int h = rest % problem.tiles_h, planes = rest / problem.tiles_h;
  return {planes / problem.tiles_d, planes % problem.tiles_d * kTileD, h * kTileH, w * kTileW};
}

}  // namespace c3d::cuda
