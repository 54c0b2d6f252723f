#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/optimizer_chunks.h"

namespace c3d::cuda {
namespace {

template <OptimizerRule rule, int Size>
__device__ void update_pack(const UpdateRates& rates, float average_share, const UpdateArguments& arrays,
                            std::int64_t pack) {
  Pack<float, Size> value = pack_at<float, Size>(arrays.parameters, pack);
  Pack<float, Size> velocity = pack_at<float, Size>(arrays.velocity, pack);
  const Pack<float, Size> gradient = pack_at<float, Size>(arrays.gradients, pack);
  Pack<float, Size> second_moment{};
  if constexpr (rule == OptimizerRule::adamw)
    second_moment = pack_at<float, Size>(arrays.second_moment, pack);
  for (int i = 0; i < Size; ++i) {
    update_parameter<rule>(rates, gradient.at[i], value.at[i], velocity.at[i], second_moment.at[i]);
  }
  pack_at<float, Size>(arrays.parameters, pack) = value;
  pack_at<float, Size>(arrays.velocity, pack) = velocity;
  if constexpr (rule == OptimizerRule::adamw)
    pack_at<float, Size>(arrays.second_moment, pack) = second_moment;
  if (arrays.average != nullptr) {
    Pack<float, Size> average = pack_at<float, Size>(arrays.average, pack);
    for (int i = 0; i < Size; ++i) average.at[i] += average_share * (value.at[i] - average.at[i]);
    pack_at<float, Size>(arrays.average, pack) = average;
  }
  if (arrays.bf16_copy != nullptr) {
    Pack<BFloat16, Size> rounded;
    for (int i = 0; i < Size; ++i) rounded.at[i] = to_bfloat16(value.at[i]);
    pack_at<BFloat16, Size>(static_cast<BFloat16*>(arrays.bf16_copy), pack) = rounded;
  }
}

template <OptimizerRule rule>
__device__ UpdateRates rates_of(const UpdateArguments& arguments, const DeviceScalars& scalars,
                                const OptimizerRange& range) {
  const float norm = arguments.clip_norm > 0 ? sqrtf(*arguments.gradient_norm_squared) : 0.0f;
  UpdateRates rates{arguments.clip_norm > 0 ? clip_scale(norm, arguments.clip_norm) : 1.0f,
                    arguments.momentum, scalars.learning_rate * range.learning_rate_scale,
                    arguments.weight_decay * range.weight_decay_scale};
  if constexpr (rule == OptimizerRule::adamw) {
    const auto updates = static_cast<float>(static_cast<std::int64_t>(scalars.step) - range.first_step + 1);
    rates.beta2 = arguments.beta2;
    rates.epsilon = arguments.epsilon;
    rates.velocity_scale = bias_correction(arguments.log_momentum, updates);
    rates.second_moment_scale = bias_correction(arguments.log_beta2, updates);
  }
  return rates;
}

// A block for each chunk: a thread takes every kUpdateThreads-th pack of it.
template <OptimizerRule rule>
__global__ void __launch_bounds__(kUpdateThreads)
    update_chunks(UpdateArguments arguments, const DeviceScalars* __restrict__ scalars,
                  const __grid_constant__ UpdateChunks chunks, bool packed) {
  const UpdateChunk chunk = chunk_of(chunks, blockIdx.x);
  const UpdateRates rates = rates_of<rule>(arguments, *scalars, chunk.range);
  const float average_share = 1 - scalars->average_decay;
#pragma unroll 2
  for (int i = 0; i < kUpdatePacksOfThread; ++i) {
    const std::int64_t pack = chunk.first_pack + i * kUpdateThreads + threadIdx.x;
    const std::int64_t first = pack * kUpdatePack, last = first + kUpdatePack;
    if (packed && first >= chunk.range.first && last <= chunk.range.last) {
      update_pack<rule, kUpdatePack>(rates, average_share, arguments, pack);
    } else {
      for (std::int64_t at = first; at < last; ++at) {
        if (at >= chunk.range.first && at < chunk.range.last)
          update_pack<rule, 1>(rates, average_share, arguments, at);
      }
    }
  }
}

template <OptimizerRule rule>
cudaError_t launch(const UpdateArguments& arguments, const DeviceScalars* scalars,
                   const OptimizerRange* ranges, std::int64_t range_count, cudaStream_t stream) {
  const bool packed = aligned(arguments.parameters) && aligned(arguments.gradients) &&
                      aligned(arguments.velocity) && aligned(arguments.second_moment) &&
                      aligned(arguments.average) && aligned(arguments.bf16_copy);
  for (std::int64_t first = 0; first < range_count; first += kUpdateRanges) {
    const UpdateChunks chunks =
        update_chunks_of(ranges + first, std::min<std::int64_t>(kUpdateRanges, range_count - first));
    const std::uint32_t blocks = chunks.end[chunks.range_count - 1];
    if (blocks == 0) continue;
    update_chunks<rule><<<blocks, kUpdateThreads, 0, stream>>>(arguments, scalars, chunks, packed);
    if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess) return status;
  }
  return cudaSuccess;
}

}  // namespace

cudaError_t update_parameters(OptimizerRule rule, const UpdateArguments& arguments,
                              const DeviceScalars* scalars, const OptimizerRange* ranges,
                              std::int64_t range_count, cudaStream_t stream) {
  switch (rule) {
    case OptimizerRule::sgd:
      return launch<OptimizerRule::sgd>(arguments, scalars, ranges, range_count, stream);
    case OptimizerRule::nesterov:
      return launch<OptimizerRule::nesterov>(arguments, scalars, ranges, range_count, stream);
    case OptimizerRule::caffe:
      return launch<OptimizerRule::caffe>(arguments, scalars, ranges, range_count, stream);
    case OptimizerRule::adamw:
      return launch<OptimizerRule::adamw>(arguments, scalars, ranges, range_count, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace c3d::cuda
