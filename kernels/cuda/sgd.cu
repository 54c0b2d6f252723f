#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/sgd_chunks.h"

namespace c3d::cuda {
namespace {

template <int Size>
__device__ void update_pack(const SgdRates& rates, const SgdArguments& sgd, std::int64_t pack) {
  Pack<float, Size> value = pack_at<float, Size>(sgd.parameters, pack);
  Pack<float, Size> velocity = pack_at<float, Size>(sgd.velocity, pack);
  const Pack<float, Size> gradient = pack_at<float, Size>(sgd.gradients, pack);
  Pack<BFloat16, Size> rounded;
  for (int i = 0; i < Size; ++i) {
    sgd_update(rates, gradient.at[i], value.at[i], velocity.at[i]);
    rounded.at[i] = to_bfloat16(value.at[i]);
  }
  pack_at<float, Size>(sgd.parameters, pack) = value;
  pack_at<float, Size>(sgd.velocity, pack) = velocity;
  if (sgd.bf16_copy != nullptr)
    pack_at<BFloat16, Size>(static_cast<BFloat16*>(sgd.bf16_copy), pack) = rounded;
}

// A block for each chunk: a thread takes every kSgdThreads-th pack of it.
__global__ void __launch_bounds__(kSgdThreads)
    sgd_chunks(SgdArguments sgd, const DeviceScalars* __restrict__ scalars,
               const __grid_constant__ SgdChunks chunks, bool packed) {
  const SgdChunk chunk = chunk_of(chunks, blockIdx.x);
  const float norm = sgd.clip_norm > 0 ? sqrtf(*sgd.gradient_norm_squared) : 0.0f;
  const SgdRates rates{sgd.rate_in_velocity, sgd.clip_norm > 0 ? clip_scale(norm, sgd.clip_norm) : 1.0f,
                       sgd.momentum, scalars->learning_rate * chunk.range.learning_rate_scale,
                       sgd.weight_decay * chunk.range.weight_decay_scale};
#pragma unroll 2
  for (int i = 0; i < kSgdPacksOfThread; ++i) {
    const std::int64_t pack = chunk.first_pack + i * kSgdThreads + threadIdx.x;
    const std::int64_t first = pack * kSgdPack, last = first + kSgdPack;
    if (packed && first >= chunk.range.first && last <= chunk.range.last) {
      update_pack<kSgdPack>(rates, sgd, pack);
    } else {
      for (std::int64_t at = first; at < last; ++at) {
        if (at >= chunk.range.first && at < chunk.range.last) update_pack<1>(rates, sgd, at);
      }
    }
  }
}

}  // namespace

cudaError_t sgd(const SgdArguments& arguments, const DeviceScalars* scalars, const ScaledRange* ranges,
                std::int64_t range_count, cudaStream_t stream) {
  const bool packed = aligned(arguments.parameters) && aligned(arguments.gradients) &&
                      aligned(arguments.velocity) && aligned(arguments.bf16_copy);
  for (std::int64_t first = 0; first < range_count; first += kSgdRanges) {
    const SgdChunks chunks =
        sgd_chunks_of(ranges + first, std::min<std::int64_t>(kSgdRanges, range_count - first));
    const std::uint32_t blocks = chunks.end[chunks.range_count - 1];
    if (blocks == 0) continue;
    sgd_chunks<<<blocks, kSgdThreads, 0, stream>>>(arguments, scalars, chunks, packed);
    if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess) return status;
  }
  return cudaSuccess;
}

}  // namespace c3d::cuda
