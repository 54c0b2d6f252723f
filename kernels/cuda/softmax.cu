#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/launch.h"

namespace c3d::cuda {
namespace {

constexpr int kLanes = 32, kRowsInBlock = 4;  // a warp for each row

template <typename Join>
__device__ float joined(float value, const Join& join) {
  for (int lane = kLanes / 2; lane > 0; lane /= 2)
    value = join(value, __shfl_xor_sync(0xffffffffu, value, lane));
  return value;
}
__device__ float summed(float value) {
  return joined(value, [](float a, float b) { return a + b; });
}

template <typename T>
__global__ void __launch_bounds__(kLanes* kRowsInBlock)
    softmax_rows(const T* __restrict__ logits, const std::int32_t* __restrict__ labels, std::int64_t rows,
                 std::int64_t classes, float smoothing, float* __restrict__ probabilities,
                 float* __restrict__ losses) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kRowsInBlock + threadIdx.y;
  if (row >= rows) return;
  const T* const z = logits + row * classes;
  float largest = to_float(z[0]);
  for (std::int64_t c = threadIdx.x; c < classes; c += kLanes) largest = fmaxf(largest, to_float(z[c]));
  largest = joined(largest, [](float a, float b) { return fmaxf(a, b); });
  float sum = 0;
  for (std::int64_t c = threadIdx.x; c < classes; c += kLanes) sum += expf(to_float(z[c]) - largest);
  const float log_sum = logf(summed(sum));
  float missing = 0;  // sum of -log p
  for (std::int64_t c = threadIdx.x; c < classes; c += kLanes) {
    const float log_probability = to_float(z[c]) - largest - log_sum;
    probabilities[row * classes + c] = expf(log_probability);
    missing -= log_probability;
  }
  missing = summed(missing);
  if (losses == nullptr || threadIdx.x > 0) return;
  const std::int32_t label = labels[row];
  float loss = 0;
  if (label >= 0) loss = (1 - smoothing) * (largest - to_float(z[label]) + log_sum);
  if (label >= 0 && smoothing > 0) loss += smoothing / static_cast<float>(classes) * missing;
  losses[row] = loss;
}

template <typename T>
__global__ void __launch_bounds__(kLanes* kRowsInBlock)
    softmax_gradients(const DeviceScalars* __restrict__ scalars, const float* __restrict__ probabilities,
                      const std::int32_t* __restrict__ labels, std::int64_t rows, std::int64_t classes,
                      float smoothing, T* __restrict__ dlogits) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kRowsInBlock + threadIdx.y;
  if (row >= rows) return;
  const std::int32_t label = labels[row];
  for (std::int64_t c = threadIdx.x; c < classes; c += kLanes) {
    const std::int64_t at = row * classes + c;
    const float gradient =
        scalars->loss_scale * (probabilities[at] - softmax_target(c == label, smoothing, classes));
    dlogits[at] = label < 0 ? T{} : from_float<T>(gradient);
  }
}

unsigned blocks_for(std::int64_t rows) {
  return static_cast<unsigned>((rows + kRowsInBlock - 1) / kRowsInBlock);
}

}  // namespace

cudaError_t softmax_cross_entropy_forward(Element element, const void* logits, const std::int32_t* labels,
                                          std::int64_t rows, std::int64_t classes, float label_smoothing,
                                          float* probabilities, float* losses, cudaStream_t stream) {
  if (rows == 0 || classes == 0) return cudaSuccess;
  const dim3 threads(kLanes, kRowsInBlock);
  if (element == Element::bf16) {
    softmax_rows<<<blocks_for(rows), threads, 0, stream>>>(static_cast<const BFloat16*>(logits), labels, rows,
                                                           classes, label_smoothing, probabilities, losses);
  } else {
    softmax_rows<<<blocks_for(rows), threads, 0, stream>>>(static_cast<const float*>(logits), labels, rows,
                                                           classes, label_smoothing, probabilities, losses);
  }
  return cudaGetLastError();
}

cudaError_t softmax_cross_entropy_backward(Element element, const DeviceScalars* scalars,
                                           const float* probabilities, const std::int32_t* labels,
                                           std::int64_t rows, std::int64_t classes, float label_smoothing,
                                           void* dlogits, cudaStream_t stream) {
  if (rows == 0 || classes == 0) return cudaSuccess;
  const dim3 threads(kLanes, kRowsInBlock);
  if (element == Element::bf16) {
    softmax_gradients<<<blocks_for(rows), threads, 0, stream>>>(
        scalars, probabilities, labels, rows, classes, label_smoothing, static_cast<BFloat16*>(dlogits));
  } else {
    softmax_gradients<<<blocks_for(rows), threads, 0, stream>>>(
        scalars, probabilities, labels, rows, classes, label_smoothing, static_cast<float*>(dlogits));
  }
  return cudaGetLastError();
}

}  // namespace c3d::cuda
