#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/row_sums.cuh"

namespace c3d::cuda {
namespace {

__device__ MixedLabels labels_of(const CrossEntropyArguments& targets, std::int64_t row) {
  MixedLabels labels{targets.labels[row], -1, 1.0f};
  if (targets.second_labels != nullptr) labels.second = targets.second_labels[row];
  if (labels.second >= 0) labels.first_share = targets.mix[row];
  return labels;
}
__device__ float weight_of(const CrossEntropyArguments& rule, std::int64_t c) {
  return rule.class_weights == nullptr ? 1.0f : rule.class_weights[c];
}

__device__ void check_labels(const CrossEntropyArguments& targets, std::int64_t row,
                             const MixedLabels& labels) {
  if (targets.wrong_label == nullptr) return;
  for (const std::int32_t label : {labels.first, labels.second}) {
    if (is_wrong_label(label, targets.classes)) *targets.wrong_label = wrong_label_word(row, label);
  }
}

template <typename T>
__global__ void __launch_bounds__(kRowLanes* kRowsOfBlock)
    softmax_rows(CrossEntropyArguments with, const T* __restrict__ logits, float* __restrict__ probabilities,
                 float* __restrict__ losses) {
  const std::int64_t row = row_of_warp();
  if (row >= with.rows) return;
  const T* const z = logits + row * with.classes;
  float largest = to_float(z[0]);
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) {
    largest = fmaxf(largest, to_float(z[c]));
  }
  largest = joined(largest, [](float a, float b) { return fmaxf(a, b); });
  float sum = 0;
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) sum += expf(to_float(z[c]) - largest);
  const float log_sum = logf(summed(sum));
  const bool has_loss = losses != nullptr;
  const MixedLabels labels = has_loss ? labels_of(with, row) : MixedLabels{-1, -1, 1.0f};
  const TargetShares shares = target_shares(with.label_smoothing, with.classes);
  float loss = 0;
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) {
    const float log_probability = to_float(z[c]) - largest - log_sum;
    probabilities[row * with.classes + c] = expf(log_probability);
    // A class of no weight adds nothing, also where its logit is minus infinity.
    const float share = has_loss ? weight_of(with, c) * class_share(shares, labels, c) : 0.0f;
    if (share != 0) loss += share * focal_loss(with.focal_gamma, log_probability);
  }
  loss = summed(loss);
  if (!has_loss || threadIdx.x > 0) return;
  losses[row] = labels.first < 0 ? 0.0f : loss;
  check_labels(with, row, labels);
}

template <typename T>
__global__ void __launch_bounds__(kRowLanes* kRowsOfBlock)
    softmax_gradients(CrossEntropyArguments with, const DeviceScalars* __restrict__ scalars,
                      const float* __restrict__ probabilities, T* __restrict__ dlogits) {
  const std::int64_t row = row_of_warp();
  if (row >= with.rows) return;
  const MixedLabels labels = labels_of(with, row);
  const TargetShares shares = target_shares(with.label_smoothing, with.classes);
  const float* const p = probabilities + row * with.classes;
  const auto slope = [&](std::int64_t c) {
    const float share = class_share(shares, labels, c);
    return share == 0 ? 0.0f : weight_of(with, c) * share * focal_slope(with.focal_gamma, p[c]);
  };
  float sum = 0;
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) sum += slope(c);
  sum = summed(sum);
  for (std::int64_t c = threadIdx.x; c < with.classes; c += kRowLanes) {
    const float gradient = scalars->loss_scale * (slope(c) - p[c] * sum);
    dlogits[row * with.classes + c] = labels.first < 0 ? T{} : from_float<T>(gradient);
  }
}

}  // namespace

cudaError_t softmax_cross_entropy_forward(Element element, const CrossEntropyArguments& arguments,
                                          const void* logits, float* probabilities, float* losses,
                                          cudaStream_t stream) {
  return launch_rows(element, arguments.rows, [&](auto type, unsigned blocks, dim3 threads) {
    using T = decltype(type);
    softmax_rows<<<blocks, threads, 0, stream>>>(arguments, static_cast<const T*>(logits), probabilities,
                                                 losses);
  });
}

cudaError_t softmax_cross_entropy_backward(Element element, const CrossEntropyArguments& arguments,
                                           const DeviceScalars* scalars, const float* probabilities,
                                           void* dlogits, cudaStream_t stream) {
  return launch_rows(element, arguments.rows, [&](auto type, unsigned blocks, dim3 threads) {
    using T = decltype(type);
    softmax_gradients<<<blocks, threads, 0, stream>>>(arguments, scalars, probabilities,
                                                      static_cast<T*>(dlogits));
  });
}

}  // namespace c3d::cuda
