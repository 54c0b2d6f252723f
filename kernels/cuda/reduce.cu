#include "kernels/cuda/reduce.h"

#include "kernels/cuda/block_sum.cuh"
#include "kernels/cuda/elements.cuh"

namespace c3d::cuda {
namespace {

constexpr int kRowsInFlight = 4;

// dy [rows, packs]
template <typename T, int Size>
__global__ void __launch_bounds__(kSumThreads, 2)
    sum_rows(const Pack<T, Size>* __restrict__ dy, std::int64_t rows, int packs,
             float* __restrict__ partials) {
  float sums[Size] = {};
  const int pack = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.y;
  if (pack < packs) {
#pragma unroll kRowsInFlight
    for (std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y; row < rows;
         row += step) {
      const Pack<T, Size> values = dy[row * packs + pack];
      for (int i = 0; i < Size; ++i) sums[i] += to_float(values.at[i]);
    }
  }
  write_block_sums(sums, packs, partials);
}

template <int Size>
__global__ void __launch_bounds__(kSumThreads, 2)
    sum_squares(const Pack<float, Size>* __restrict__ values, std::int64_t packs,
                float* __restrict__ partials) {
  float sums[Size] = {};
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.y;
#pragma unroll kRowsInFlight
  for (std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y; at < packs;
       at += step) {
    const Pack<float, Size> pack = values[at];
    for (int i = 0; i < Size; ++i) sums[i] += pack.at[i] * pack.at[i];
  }
  float total[1] = {};
  for (int i = 0; i < Size; ++i) total[0] += sums[i];
  write_block_sums(total, 1, partials);
}

constexpr int kPartialLanes = 32, kPartialRows = 16;

__global__ void __launch_bounds__(kPartialLanes* kPartialRows)
    add_partials(const float* __restrict__ partials, std::int64_t rows, std::int64_t channels,
                 float* __restrict__ sums, bool adds) {
  __shared__ float shared[kPartialRows][kPartialLanes];
  const std::int64_t channel = static_cast<std::int64_t>(blockIdx.x) * kPartialLanes + threadIdx.x;
  float sum = 0;
  if (channel < channels) {
#pragma unroll 8
    for (std::int64_t row = threadIdx.y; row < rows; row += kPartialRows)
      sum += partials[row * channels + channel];
  }
  shared[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || channel >= channels) return;
  float total = 0;
  for (int row = 0; row < kPartialRows; ++row) total += shared[row][threadIdx.x];
  sums[channel] = adds ? sums[channel] + total : total;
}

template <typename T, int Size>
cudaError_t sum_rows_of(const void* dy, std::int64_t rows, std::int64_t packs, float* dbias, bool adds,
                        float* partials, cudaStream_t stream) {
  const RowLayout layout = row_layout(rows, packs, kSumThreads, reduction_blocks());
  sum_rows<T, Size><<<dim3(layout.blocks, layout.sides), dim3(layout.lanes, layout.rows), 0, stream>>>(
      static_cast<const Pack<T, Size>*>(dy), rows, static_cast<int>(packs), partials);
  if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess) return status;
  return sum_partials(partials, layout.blocks, packs * Size, dbias, adds, stream);
}

template <int Size>
void launch_sum_squares(const float* values, std::int64_t packs, unsigned blocks, float* partials,
                        cudaStream_t stream) {
  sum_squares<Size><<<blocks, dim3(1, kSumThreads), 0, stream>>>(
      reinterpret_cast<const Pack<float, Size>*>(values), packs, partials);
}

}  // namespace

cudaError_t sum_partials(const float* partials, std::int64_t rows, std::int64_t channels, float* sums,
                         bool adds, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((channels + kPartialLanes - 1) / kPartialLanes);
  add_partials<<<blocks, dim3(kPartialLanes, kPartialRows), 0, stream>>>(partials, rows, channels, sums,
                                                                         adds);
  return cudaGetLastError();
}

cudaError_t bias_gradient(Element element, const void* dy, std::int64_t rows, std::int64_t channels,
                          float* dbias, bool adds, float* partials, cudaStream_t stream) {
  if (channels == 0) return cudaSuccess;
  const bool f32 = element == Element::f32;
  const int size = f32 ? kPackSize<float> : kPackSize<BFloat16>;
  if (channels % size != 0 || !aligned(dy)) {
    return f32 ? sum_rows_of<float, 1>(dy, rows, channels, dbias, adds, partials, stream)
               : sum_rows_of<BFloat16, 1>(dy, rows, channels, dbias, adds, partials, stream);
  }
  return f32 ? sum_rows_of<float, kPackSize<float>>(dy, rows, channels / size, dbias, adds, partials, stream)
             : sum_rows_of<BFloat16, kPackSize<BFloat16>>(dy, rows, channels / size, dbias, adds, partials,
                                                          stream);
}

cudaError_t sum_of_squares(const float* values, std::int64_t count, float* sum, float* partials,
                           cudaStream_t stream) {
  constexpr int kSize = kPackSize<float>;
  const bool packed = count % kSize == 0 && aligned(values);
  const std::int64_t packs = packed ? count / kSize : count;
  const auto blocks = static_cast<unsigned>(
      std::clamp<std::int64_t>((packs + kSumThreads - 1) / kSumThreads, 1, reduction_blocks()));
  if (packed) {
    launch_sum_squares<kSize>(values, packs, blocks, partials, stream);
  } else {
    launch_sum_squares<1>(values, packs, blocks, partials, stream);
  }
  if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess) return status;
  return sum_partials(partials, blocks, 1, sum, false, stream);
}

}  // namespace c3d::cuda
