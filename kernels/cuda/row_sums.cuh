// Device code: a warp for each row of a matrix [rows, classes], and what its lanes make together. The order
// is fixed, so the same input gives the same bits.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "engine/core/bfloat16.h"
#include "kernels/cuda/launch.h"

namespace c3d::cuda {

inline constexpr int kRowLanes = 32, kRowsOfBlock = 4;

template <typename Join>
__device__ float joined(float value, const Join& join) {
  for (int lane = kRowLanes / 2; lane > 0; lane /= 2)
    value = join(value, __shfl_xor_sync(0xffffffffu, value, lane));
  return value;
}
__device__ inline float summed(float value) {
  return joined(value, [](float a, float b) { return a + b; });
}
__device__ inline std::int64_t row_of_warp() {
  return static_cast<std::int64_t>(blockIdx.x) * kRowsOfBlock + threadIdx.y;
}

// Calls launch(a value of the element's type, blocks, threads) for a matrix of so many rows.
template <typename Launch>
cudaError_t launch_rows(Element element, std::int64_t rows, const Launch& launch) {
  if (rows == 0) return cudaSuccess;
  const dim3 threads(kRowLanes, kRowsOfBlock);
  const auto blocks = static_cast<unsigned>((rows + kRowsOfBlock - 1) / kRowsOfBlock);
  if (element == Element::bf16) {
    launch(BFloat16{}, blocks, threads);
  } else {
    launch(float{}, blocks, threads);
  }
  return cudaGetLastError();
}

}  // namespace c3d::cuda
