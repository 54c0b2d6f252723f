// Device code: how a block laid out by RowLayout adds what its threads summed over their rows. The order is
// fixed, so the same input gives the same bits.
#pragma once

#include "kernels/cuda/pack.h"

namespace c3d::cuda {

inline constexpr int kSumThreads = 512;

// partials [gridDim.x, channels]: writes row blockIdx.x, the channels of this block's lanes. All threads of
// the block take part; blockDim.y is a power of two.
template <int Size>
__device__ void write_block_sums(const float (&sums)[Size], int packs, float* partials) {
  __shared__ float shared[Size][kSumThreads];
  const unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;
  for (int i = 0; i < Size; ++i) shared[i][thread] = sums[i];
  __syncthreads();
  for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
    if (threadIdx.y < half) {
      for (int i = 0; i < Size; ++i) shared[i][thread] += shared[i][thread + half * blockDim.x];
    }
    __syncthreads();
  }
  const unsigned pack = blockIdx.y * blockDim.x + threadIdx.x;
  if (threadIdx.y > 0 || pack >= static_cast<unsigned>(packs)) return;
  float* const row = partials + static_cast<std::int64_t>(blockIdx.x) * packs * Size + pack * Size;
  for (int i = 0; i < Size; ++i) row[i] = shared[i][thread];
}

}  // namespace c3d::cuda
