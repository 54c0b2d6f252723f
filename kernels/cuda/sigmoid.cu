#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/row_sums.cuh"

namespace c3d::cuda {
namespace {

__device__ float weight_of(const SigmoidArguments& rule, std::int64_t c) {
  return rule.positive_weights == nullptr ? 1.0f : rule.positive_weights[c];
}

template <typename T>
__global__ void __launch_bounds__(kRowLanes* kRowsOfBlock)
    sigmoid_rows(SigmoidArguments with, const T* __restrict__ logits, float* __restrict__ probabilities,
                 float* __restrict__ losses) {
  const std::int64_t row = row_of_warp();
  if (row >= with.rows) return;
  float loss = 0;
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) {
    const std::int64_t at = row * with.classes + c;
    const float z = to_float(logits[at]);
    probabilities[at] = sigmoid(z);
    const float target = with.targets == nullptr ? -1.0f : with.targets[at];
    if (!(target < 0)) loss += sigmoid_loss(z, target, weight_of(with, c));
  }
  loss = summed(loss);
  if (losses != nullptr && threadIdx.x == 0) losses[row] = loss / static_cast<float>(with.classes);
}

template <typename T>
__global__ void __launch_bounds__(kRowLanes* kRowsOfBlock)
    sigmoid_gradients(SigmoidArguments with, const DeviceScalars* __restrict__ scalars,
                      const float* __restrict__ probabilities, T* __restrict__ dlogits) {
  const std::int64_t row = row_of_warp();
  if (row >= with.rows) return;
  const float scale = scalars->loss_scale / static_cast<float>(with.classes);
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) {
    const std::int64_t at = row * with.classes + c;
    const float target = with.targets[at];
    const float gradient = scale * sigmoid_slope(probabilities[at], target, weight_of(with, c));
    dlogits[at] = target < 0 ? T{} : from_float<T>(gradient);
  }
}

}  // namespace

cudaError_t sigmoid_cross_entropy_forward(Element element, const SigmoidArguments& arguments,
                                          const void* logits, float* probabilities, float* losses,
                                          cudaStream_t stream) {
  return launch_rows(element, arguments.rows, [&](auto type, unsigned blocks, dim3 threads) {
    using T = decltype(type);
    sigmoid_rows<<<blocks, threads, 0, stream>>>(arguments, static_cast<const T*>(logits), probabilities,
                                                 losses);
  });
}

cudaError_t sigmoid_cross_entropy_backward(Element element, const SigmoidArguments& arguments,
                                           const DeviceScalars* scalars, const float* probabilities,
                                           void* dlogits, cudaStream_t stream) {
  return launch_rows(element, arguments.rows, [&](auto type, unsigned blocks, dim3 threads) {
    using T = decltype(type);
    sigmoid_gradients<<<blocks, threads, 0, stream>>>(arguments, scalars, probabilities,
                                                      static_cast<T*>(dlogits));
  });
}

}  // namespace c3d::cuda
