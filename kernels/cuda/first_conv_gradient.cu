// The gradients of the first convolution's filters and bias, straight from the pooled gradient: what the pool
// and ReLU pass back is spread over its window in registers, and the largest gradient of all is never
// written.
//
// By tensor cores (mma m16n8k16, bf16, sums in f32): a row for each tap and colour and one of ones, whose
// sums are the bias gradient; a column for each filter; the sum runs over pixels. A product takes 16 pixels,
// the windows of four pooled ones: a thread's operands are the upper and the lower pair of one window, and of
// a pair at most one half is not zero. Colours lie in planes, once as they are and once a pixel further, so
// that every pair is one word.
#include <algorithm>

#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/first_conv.cuh"
#include "kernels/cuda/reduce.h"

namespace c3d::cuda {
namespace {

constexpr int kFilters = kFirstConvFilters, kColours = 3;
// Of taps in one column of the filter: 9 x 3 colours, ones, and what fills up.
constexpr int kRowsOfColumn = 32;
constexpr int kRowTiles = 3 * kRowsOfColumn / 16, kFilterTiles = 4;  // a warp has half the filters
constexpr int kThreads = 128, kBlocksOfProcessor = 3;
static_assert(kFirstConvSums == 3 * kRowsOfColumn * kFilters);

constexpr int kWindowsInStep = 4;
constexpr int kStepsOfRow = kTileW / 2 / kWindowsInStep, kWindowRows = kTileD * kTileH / 2;
constexpr int kStepsOfWarp = kWindowRows / 2 * kStepsOfRow;
constexpr int kPairs = kSourceW / 2;
// Pitches in words of two pixels, such that eight rows of an operand, four words each, meet no bank twice:
// row r lies at 4 r, modulo 32.
constexpr int kPitchColour = 68, kPitchH = kColours * kPitchColour, kPitchD = 1252,
              kShifted = kSourceD * kPitchD;
static_assert(kPitchColour >= kPairs && kPitchColour % 32 == 4 && kPitchH % 32 == 12 && kPitchD % 32 == 4 &&
              kPitchD >= kSourceH * kPitchH);

struct Problem {
  const Pixel* x;  // every other one: 8 channels are stored
  const std::uint8_t* argmax;
  const BFloat16 *y, *dy;
  float* partials;                       // [blocks, 96, 64]
  int depth, height, width;              // of x and of the convolution
  int tiles_d, tiles_h, tiles_w, tiles;  // in a clip along each axis; of all clips
};

__device__ std::uint32_t low_halves(std::uint32_t a, std::uint32_t b) { return __byte_perm(a, b, 0x5410); }
__device__ std::uint32_t high_halves(std::uint32_t a, std::uint32_t b) { return __byte_perm(a, b, 0x7632); }

__device__ void write_pair(std::uint32_t* to, const Pixel& left, const Pixel& right) {
  to[0] = low_halves(left.low, right.low);
  to[kPitchColour] = high_halves(left.low, right.low);
  to[2 * kPitchColour] = low_halves(left.high, right.high);
}

// Pixels outside the clip become zero.
__device__ void read_pixels(const Problem& problem, const Tile& tile, std::uint32_t* planes) {
#pragma unroll 4
  for (int at = static_cast<int>(threadIdx.x); at < kSourceD * kSourceH * kPairs; at += kThreads) {
    const int row = at / kPairs, pair = at % kPairs;
    const int d = tile.d + row / kSourceH - 1, h = tile.h + row % kSourceH - 1, w = tile.w + 2 * pair - 1;
    const bool row_inside = d >= 0 && d < problem.depth && h >= 0 && h < problem.height;
    const std::int64_t first =
        ((static_cast<std::int64_t>(tile.clip) * problem.depth + d) * problem.height + h) * problem.width + w;
    Pixel pixels[3];
    for (int i = 0; i < 3; ++i) {
      const bool inside = row_inside && w + i >= 0 && w + i < problem.width;
      pixels[i] = inside ? problem.x[(first + i) * (kStored / 4)] : Pixel{};
    }
    std::uint32_t* const to = planes + row / kSourceH * kPitchD + row % kSourceH * kPitchH + pair;
    write_pair(to, pixels[0], pixels[1]);
    write_pair(to + kShifted, pixels[1], pixels[2]);
  }
}

struct Window {  // of four filters
  Pack<BFloat16, 4> y, dy;
  std::uint32_t positions;
};
struct Step {
  int d, h, window;  // in the tile; h of pooled rows
};
__device__ Step step_of(int part, int number) {
  const int row = part + 2 * (number / kStepsOfRow);
  return {row / (kTileH / 2), row % (kTileH / 2), number % kStepsOfRow * kWindowsInStep};
}

// Zero where there is no such window.
__device__ Window read_window(const Problem& problem, const Tile& tile, int part, int number, int filter) {
  const Step step = step_of(part, number);
  const int d = tile.d + step.d, h = tile.h / 2 + step.h,
            w = tile.w / 2 + step.window + static_cast<int>(threadIdx.x) % 4;
  if (number >= kStepsOfWarp || d >= problem.depth || h >= problem.height / 2 || w >= problem.width / 2)
    return {};
  const std::int64_t at =
      (((static_cast<std::int64_t>(tile.clip) * problem.depth + d) * (problem.height / 2) + h) *
           (problem.width / 2) +
       w) *
          kFilters +
      filter;
  return {*reinterpret_cast<const Pack<BFloat16, 4>*>(problem.y + at),
          *reinterpret_cast<const Pack<BFloat16, 4>*>(problem.dy + at),
          *reinterpret_cast<const std::uint32_t*>(problem.argmax + at)};
}

struct Spread {  // the gradients of a window's upper and lower pair
  std::uint32_t upper, lower;
};
__device__ Spread spread(const Window& window, int i) {
  const std::uint32_t position = window.positions >> (8 * i) & 0xffu;
  const std::uint32_t gradient = to_float(window.y.at[i]) > 0 ? window.dy.at[i].bits : 0u;
  const std::uint32_t placed = gradient << (position % 2 * 16);
  return {position < 2 ? placed : 0u, position < 2 ? 0u : placed};
}

using Sums = float[kRowTiles][kFilterTiles][4];

// planes: of this step's windows. rows: where a thread's rows of a column begin, in words: 4 of 8 rows each.
__device__ void add_step(const std::uint32_t* planes, const int (&rows)[4], bool has_ones,
                         const Window& window, Sums& sums) {
  Spread gradients[kFilterTiles];
  for (int i = 0; i < kFilterTiles; ++i) gradients[i] = spread(window, i);
#pragma unroll
  for (int tile = 0; tile < kRowTiles; ++tile) {
    const int column = tile / 2;
    const std::uint32_t* const first = planes + (column == 1 ? kShifted : column / 2);
    std::uint32_t operand[4];
    for (int i = 0; i < 2; ++i) {
      operand[i] = first[rows[tile % 2 * 2 + i]];
      operand[2 + i] = first[rows[tile % 2 * 2 + i] + kPitchH];
    }
    if (tile == 1 && has_ones) operand[1] = operand[3] = 0x3f803f80u;
#pragma unroll
    for (int n = 0; n < kFilterTiles; ++n) {
      float(&sum)[4] = sums[tile][n];
      asm volatile(
          "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
          "{%0,%1,%2,%3};"
          : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
          : "r"(operand[0]), "r"(operand[1]), "r"(operand[2]), "r"(operand[3]), "r"(gradients[n].upper),
            "r"(gradients[n].lower));
    }
  }
}

// Warps: two parts of the windows, two halves of the filters.
__global__ void __launch_bounds__(kThreads, kBlocksOfProcessor)
    first_conv_gradients(const __grid_constant__ Problem problem) {
  extern __shared__ std::uint32_t planes[];  // [2, depth, height, colours, pairs]
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const int group = lane / 4, member = lane % 4, part = warp / 2, half = warp % 2;
  int rows[4];
  for (int i = 0; i < 4; ++i) {
    const int row = std::min(8 * i + group, 9 * kColours - 1);
    rows[i] = row / 9 * kPitchD + row / 3 % 3 * kPitchH + row % 3 * kPitchColour + member;
  }
  const bool has_ones = group == 9 * kColours % 8;
  const int filter = half * (kFilters / 2) + 4 * group;

  Sums sums = {};
  for (int number = static_cast<int>(blockIdx.x); number < problem.tiles;
       number += static_cast<int>(gridDim.x)) {
    const Tile tile = tile_of(problem, number);
    Window next = read_window(problem, tile, part, 0, filter),
           later = read_window(problem, tile, part, 1, filter);
    read_pixels(problem, tile, planes);
    __syncthreads();
    for (int i = 0; i < kStepsOfWarp; ++i) {
      const Window window = next;
      next = later;
      later = read_window(problem, tile, part, i + 2, filter);
      const Step step = step_of(part, i);
      add_step(planes + step.d * kPitchD + 2 * step.h * kPitchH + step.window, rows, has_ones, window, sums);
    }
    __syncthreads();
  }

  // The second part's sums go to the first through shared memory: one order, the same bits.
  float* const shared = reinterpret_cast<float*>(planes) + half * kRowTiles * kFilterTiles * 4 * 32 + lane;
  if (part == 1) {
#pragma unroll
    for (int i = 0; i < kRowTiles * kFilterTiles * 4; ++i) shared[i * 32] = sums[i / 16][i / 4 % 4][i % 4];
  }
  __syncthreads();
  if (part == 1) return;
  float* const out = problem.partials + static_cast<std::int64_t>(blockIdx.x) * kFirstConvSums;
#pragma unroll
  for (int i = 0; i < kRowTiles * kFilterTiles * 4; ++i) {
    const int row = i / 16 * 16 + i % 4 / 2 * 8 + group,
              at = half * (kFilters / 2) + 4 * (2 * member + i % 2) + i / 4 % 4;
    out[row * kFilters + at] = sums[i / 16][i / 4 % 4][i % 4] + shared[i * 32];
  }
}

// From [column of taps, plane and row of taps, colour; filter] to [filter, tap, channel].
__global__ void __launch_bounds__(kElementThreads)
    place_first_gradients(const float* __restrict__ sums, float* __restrict__ dfilter,
                          float* __restrict__ dbias) {
  const int at = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (at >= kFilters * kTaps * kStored) return;
  const int channel = at % kStored, tap = at / kStored % kTaps, filter = at / kStored / kTaps;
  const int row = tap % 3 * kRowsOfColumn + tap / 3 * kColours + channel;
  dfilter[at] = channel < kColours ? sums[row * kFilters + filter] : 0.0f;
  if (at < kFilters) dbias[at] = sums[9 * kColours * kFilters + at];
}

}  // namespace

cudaError_t first_conv_max_pool_backward(const FirstConvGradients& arguments, cudaStream_t stream) {
  const int depth = static_cast<int>(arguments.input.d), height = static_cast<int>(arguments.input.h),
            width = static_cast<int>(arguments.input.w);
  Problem problem{.x = static_cast<const Pixel*>(arguments.x),
                  .argmax = arguments.argmax,
                  .y = static_cast<const BFloat16*>(arguments.y),
                  .dy = static_cast<const BFloat16*>(arguments.dy),
                  .partials = arguments.partials,
                  .depth = depth,
                  .height = height,
                  .width = width,
                  .tiles_d = (depth + kTileD - 1) / kTileD,
                  .tiles_h = (height + kTileH - 1) / kTileH,
                  .tiles_w = (width + kTileW - 1) / kTileW,
                  .tiles = 0};
  problem.tiles = static_cast<int>(arguments.clips) * problem.tiles_d * problem.tiles_h * problem.tiles_w;
  constexpr int kShared = 2 * kShifted * static_cast<int>(sizeof(std::uint32_t));
  cudaError_t status =
      cudaFuncSetAttribute(first_conv_gradients, cudaFuncAttributeMaxDynamicSharedMemorySize, kShared);
  if (status != cudaSuccess) return status;
  const std::int64_t most_blocks = first_conv_blocks();
  const std::int64_t blocks = std::clamp<std::int64_t>(problem.tiles, 1, most_blocks);
  first_conv_gradients<<<static_cast<unsigned>(blocks), kThreads, kShared, stream>>>(problem);
  if (status = cudaGetLastError(); status != cudaSuccess) return status;
  float* const sums = arguments.partials + most_blocks * kFirstConvSums;
  status = sum_partials(arguments.partials, blocks, kFirstConvSums, sums, false, stream);
  if (status != cudaSuccess) return status;
  constexpr int kOutputs = kFilters * kTaps * kStored;
  place_first_gradients<<<(kOutputs + kElementThreads - 1) / kElementThreads, kElementThreads, 0, stream>>>(
      sums, arguments.dfilter, arguments.dbias);
  return cudaGetLastError();
}

}  // namespace c3d::cuda
