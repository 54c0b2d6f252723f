// Device code for ops that know no shape: every element alone. An op is a struct of pointers with
// `template <int Size> __device__ void run(std::int64_t pack) const`, which reads and writes its pack number
// `pack` of Size elements. Threads take packs of 16 bytes; the last elements, and all where a pointer is not
// aligned, go one by one.
#pragma once

#include <algorithm>

#include "kernels/cuda/launch.h"
#include "kernels/cuda/pack.h"

namespace c3d::cuda {

inline constexpr int kElementThreads = 256;
// Several waves; threads step beyond.
inline std::int64_t element_blocks() { return 32 * multiprocessors(); }

template <int Size, typename Op>
__global__ void __launch_bounds__(kElementThreads) over_elements(Op op, std::int64_t count) {
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.x, packs = count / Size;
  for (std::int64_t pack = first; pack < packs; pack += step) op.template run<Size>(pack);
  const std::int64_t rest = packs * Size + first;
  if (Size > 1 && rest < count) op.template run<1>(rest);
}

inline bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

template <int Size, typename Op>
cudaError_t launch_over_elements(const Op& op, std::int64_t count, bool all_aligned, cudaStream_t stream) {
  if (count == 0) return cudaSuccess;
  const std::int64_t packs = all_aligned ? (count + Size - 1) / Size : count;
  const auto blocks =
      static_cast<unsigned>(std::min(element_blocks(), (packs + kElementThreads - 1) / kElementThreads));
  if (all_aligned) {
    over_elements<Size><<<blocks, kElementThreads, 0, stream>>>(op, count);
  } else {
    over_elements<1><<<blocks, kElementThreads, 0, stream>>>(op, count);
  }
  return cudaGetLastError();
}

template <typename T, int Size>
__device__ Pack<T, Size>& pack_at(T* elements, std::int64_t pack) {
  return reinterpret_cast<Pack<T, Size>*>(elements)[pack];
}
template <typename T, int Size>
__device__ const Pack<T, Size>& pack_at(const T* elements, std::int64_t pack) {
  return reinterpret_cast<const Pack<T, Size>*>(elements)[pack];
}

}  // namespace c3d::cuda
