// The first convolution of a network on frames, with bias, ReLU and max-pool in one kernel: its output, the
// largest tensor of all, never leaves the multiprocessor. By tensor cores (mma m16n8k16, bf16, sums in f32),
// four channels of the clip for each tap: three colours and a zero.
//
// A warp computes 8 pooled pixels of half the filters at a time. Its products are two of 16 rows: the even
// and the odd columns of two rows of pixels, so that the four values of a pool's window lie in one thread.
// The order of the taps and of the filters inside a product is free: it is chosen so that a thread reads
// whole pixels and writes 8 neighbouring filters.
#include <algorithm>

#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/first_conv.cuh"

namespace c3d::cuda {
namespace {

constexpr int kFilters = kFirstConvFilters;
constexpr int kSteps = 7;                       // products of 4 taps; the 28th is zero
constexpr int kFilterTiles = kFilters / 2 / 8;  // of a warp
constexpr int kFiltersOfThread = 2 * kFilterTiles;
constexpr int kThreads = 256, kWarps = kThreads / 32, kBlocksOfProcessor = 2;

constexpr int kPooledInUnit = 8;  // a unit is what a warp computes at a time
constexpr int kUnitsOfRow = kTileW / 2 / kPooledInUnit, kUnits = kTileD * (kTileH / 2) * kUnitsOfRow;
// Pitches in pixels of 8 bytes, such that the four taps of a product, wherever they lie, meet no bank twice:
// the next row of taps begins 18 banks on.
constexpr int kPitchH = 121, kPitchD = 731, kSourcePixels = (kSourceD - 1) * kPitchD + kSourceH * kPitchH;
static_assert(kPitchH >= kSourceW && kPitchH % 16 == 9 && kPitchD >= kSourceH * kPitchH &&
              kPitchD % 16 == 11);

struct FirstConv {
  const Pixel* x;  // every other one: 8 channels are stored
  const Pixel* filter;
  const BFloat16* bias;
  Pack<std::uint32_t, kFilterTiles>* y;
  Pack<std::uint8_t, kFiltersOfThread>* argmax;
  int depth, height, width;              // of x and of the convolution
  int tiles_d, tiles_h, tiles_w, tiles;  // in a clip along each axis; of all clips
};

// Begins to copy what a tile reads; pixels outside the clip become zero.
__device__ void fetch(const FirstConv& conv, int number, Pixel* source) {
  const Tile tile = tile_of(conv, number);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  for (int row = warp; row < kSourceD * kSourceH; row += kWarps) {
    const int d = tile.d + row / kSourceH - 1, h = tile.h + row % kSourceH - 1;
    const bool row_inside = d >= 0 && d < conv.depth && h >= 0 && h < conv.height;
    const std::int64_t first =
        ((static_cast<std::int64_t>(tile.clip) * conv.depth + d) * conv.height + h) * conv.width;
    Pixel* const to = source + row / kSourceH * kPitchD + row % kSourceH * kPitchH;
    for (int column = lane; column < kSourceW; column += 32) {
      const int w = tile.w + column - 1;
      const bool inside = row_inside && w >= 0 && w < conv.width;
      const Pixel* const from = conv.x + (inside ? (first + w) * (kStored / 4) : 0);
      asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(
                       static_cast<std::uint32_t>(__cvta_generic_to_shared(to + column))),
                   "l"(from), "r"(inside ? 8 : 0));
    }
  }
  asm volatile("cp.async.commit_group;");
}

// sums = product, or += product.
template <bool kAdds>
__device__ void multiply(float (&sums)[4], const Pixel& above, const Pixel& below, const Pixel& filter) {
  if constexpr (kAdds) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(above.low), "r"(below.low), "r"(above.high), "r"(below.high), "r"(filter.low),
          "r"(filter.high));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%10,%10,%10,%10};"
        : "=f"(sums[0]), "=f"(sums[1]), "=f"(sums[2]), "=f"(sums[3])
        : "r"(above.low), "r"(below.low), "r"(above.high), "r"(below.high), "r"(filter.low), "r"(filter.high),
          "f"(0.0f));
  }
}

__device__ float larger(float a, float b) {  // NaN takes over
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ std::uint32_t relu_to_bf16(float low, float high) {  // NaN stays NaN
  std::uint32_t pair;
  asm("cvt.rn.relu.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

// The first of the largest. Where the window holds NaN it is any: nothing passes back there.
__device__ std::uint32_t position_of_largest(float a, float b, float c, float d) {
  const std::uint32_t above = b > a ? 1 : 0, below = d > c ? 3 : 2;
  return fmaxf(c, d) > fmaxf(a, b) ? below : above;
}

using Sums = float[kFilterTiles][4];

// first: of the even column; the odd one is the next.
__device__ void sum_taps(const Pixel* first, const int (&tap_offset)[kSteps],
                         const Pixel (&filters)[kSteps][kFilterTiles], Sums& even, Sums& odd) {
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    const Pixel* const pixel = first + tap_offset[step];
    const Pixel even_above = pixel[0], even_below = pixel[kPitchH], odd_above = pixel[1],
                odd_below = pixel[kPitchH + 1];
#pragma unroll
    for (int n = 0; n < kFilterTiles; ++n) {
      if (step == 0) {
        multiply<false>(even[n], even_above, even_below, filters[step][n]);
        multiply<false>(odd[n], odd_above, odd_below, filters[step][n]);
      } else {
        multiply<true>(even[n], even_above, even_below, filters[step][n]);
        multiply<true>(odd[n], odd_above, odd_below, filters[step][n]);
      }
    }
  }
}

// A thread's filters of one pooled pixel, from the sums of even and odd columns.
template <bool kPositions>
__device__ void pool_and_store(const FirstConv& conv, const Sums& even, const Sums& odd, const float* bias,
                               int at) {
  Pack<std::uint32_t, kFilterTiles> values;
  Pack<std::uint8_t, kFiltersOfThread> positions;
#pragma unroll
  for (int n = 0; n < kFilterTiles; ++n) {
    float pooled[2];
    for (int i = 0; i < 2; ++i) {
      const float a = even[n][i], b = odd[n][i], c = even[n][2 + i], d = odd[n][2 + i];
      pooled[i] = larger(larger(a, b), larger(c, d)) + bias[2 * n + i];
      if (kPositions) positions.at[2 * n + i] = static_cast<std::uint8_t>(position_of_largest(a, b, c, d));
    }
    values.at[n] = relu_to_bf16(pooled[0], pooled[1]);
  }
  conv.y[at] = values;
  if (kPositions) conv.argmax[at] = positions;
}

template <bool kPositions>
__global__ void __launch_bounds__(kThreads, kBlocksOfProcessor)
    convolve_first(const __grid_constant__ FirstConv conv) {
  extern __shared__ Pixel source[];  // two tiles: one is filled while the other is used
  __shared__ float bias[kFilters];
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int group = lane / 4, member = lane % 4, half = warp % 2;
  if (threadIdx.x < kFilters) bias[threadIdx.x] = to_float(conv.bias[threadIdx.x]);

  Pixel filters[kSteps][kFilterTiles];
  int tap_offset[kSteps];
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    const int tap = 4 * step + member, used = tap < kTaps ? tap : kTaps - 1;
    tap_offset[step] = used / 9 * kPitchD + used / 3 % 3 * kPitchH + used % 3;
    for (int tile = 0; tile < kFilterTiles; ++tile) {
      const int filter = half * (kFilters / 2) + kFiltersOfThread * (group / 2) + 2 * tile + group % 2;
      filters[step][tile] = tap < kTaps ? conv.filter[(filter * kTaps + tap) * (kStored / 4)] : Pixel{};
    }
  }

  int number = static_cast<int>(blockIdx.x);
  if (number < conv.tiles) fetch(conv, number, source);
  for (int turn = 0; number < conv.tiles; ++turn, number += static_cast<int>(gridDim.x)) {
    const int next = number + static_cast<int>(gridDim.x);
    if (next < conv.tiles) {
      fetch(conv, next, source + (turn + 1) % 2 * kSourcePixels);
      asm volatile("cp.async.wait_group 1;");
    } else {
      asm volatile("cp.async.wait_group 0;");
    }
    __syncthreads();
    const Pixel* const here = source + turn % 2 * kSourcePixels;
    const Tile tile = tile_of(conv, number);
    for (int unit = warp / 2; unit < kUnits; unit += kWarps / 2) {
      const int w = unit % kUnitsOfRow * 2 * kPooledInUnit, h = unit / kUnitsOfRow % (kTileH / 2) * 2,
                d = unit / kUnitsOfRow / (kTileH / 2);
      if (tile.d + d >= conv.depth || tile.h + h >= conv.height || tile.w + w >= conv.width) continue;
      const Pixel* const first = here + d * kPitchD + h * kPitchH + w + 2 * group;
      Sums even, odd;
      sum_taps(first, tap_offset, filters, even, odd);
      const int column = tile.w + w + 2 * group;
      if (column >= conv.width) continue;
      const int row = ((tile.clip * conv.depth + tile.d + d) * conv.height + tile.h + h) / 2;
      pool_and_store<kPositions>(conv, even, odd, bias + half * (kFilters / 2) + kFiltersOfThread * member,
                                 (row * (conv.width / 2) + column / 2) * 8 + half * 4 + member);
    }
    __syncthreads();
  }
}

}  // namespace

cudaError_t first_conv_max_pool(const FirstConvArguments& arguments, cudaStream_t stream) {
  const int depth = static_cast<int>(arguments.input.d), height = static_cast<int>(arguments.input.h),
            width = static_cast<int>(arguments.input.w);
  FirstConv conv{.x = static_cast<const Pixel*>(arguments.x),
                 .filter = static_cast<const Pixel*>(arguments.filter),
                 .bias = static_cast<const BFloat16*>(arguments.bias),
                 .y = static_cast<Pack<std::uint32_t, kFilterTiles>*>(arguments.y),
                 .argmax = reinterpret_cast<Pack<std::uint8_t, kFiltersOfThread>*>(arguments.argmax),
                 .depth = depth,
                 .height = height,
                 .width = width,
                 .tiles_d = (depth + kTileD - 1) / kTileD,
                 .tiles_h = (height + kTileH - 1) / kTileH,
                 .tiles_w = (width + kTileW - 1) / kTileW,
                 .tiles = 0};
  conv.tiles = static_cast<int>(arguments.clips) * conv.tiles_d * conv.tiles_h * conv.tiles_w;
  if (conv.tiles == 0) return cudaSuccess;
  // The kernel counts packs of y in 32 bits: two for each pixel of x.
  if (arguments.clips * arguments.input.volume() >= std::int64_t{1} << 30) return cudaErrorInvalidValue;
  constexpr std::size_t kShared = 2 * kSourcePixels * sizeof(Pixel);
  const auto kernel = arguments.argmax == nullptr ? convolve_first<false> : convolve_first<true>;
  const cudaError_t status =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(kShared));
  if (status != cudaSuccess) return status;
  int device = 0, processors = 0;
  if (const cudaError_t asked = cudaGetDevice(&device); asked != cudaSuccess) return asked;
  if (const cudaError_t asked = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
      asked != cudaSuccess)
    return asked;
  kernel<<<static_cast<unsigned>(std::min(conv.tiles, processors * kBlocksOfProcessor)), kThreads, kShared,
           stream>>>(conv);
  return cudaGetLastError();
}

}  // namespace c3d::cuda
