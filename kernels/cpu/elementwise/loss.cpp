#include <algorithm>
#include <cmath>

#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"

namespace c3d::cpu {
namespace {

float target(float smoothing, std::int64_t classes, bool is_label) {
  return (is_label ? 1.0f - smoothing : 0.0f) + smoothing / static_cast<float>(classes);
}

template <typename T>
void softmax_row(const T* logits, float* probabilities, std::int64_t classes, double* log_sum) {
  double largest = -INFINITY;  // not by fmax: GCC 12 for aarch64 fails at a loop of it
  for (std::int64_t c = 0; c < classes; ++c) largest = std::max<double>(largest, to_float(logits[c]));
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(to_float(logits[c]) - largest);
  *log_sum = largest + std::log(sum);
  for (std::int64_t c = 0; c < classes; ++c) {
    probabilities[c] = static_cast<float>(std::exp(to_float(logits[c]) - *log_sum));
  }
}

template <typename T>
float cross_entropy(float smoothing, const T* logits, std::int64_t classes, std::int32_t label,
                    double log_sum) {
  double loss = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    const float share = target(smoothing, classes, c == label);
    if (share != 0) loss += share * (log_sum - to_float(logits[c]));
  }
  return static_cast<float>(loss);
}

}  // namespace

void softmax_cross_entropy(float label_smoothing, ConstTensor logits, ConstTensor labels,
                           Tensor probabilities, Tensor losses) {
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  for_type(logits.type(), [&](auto element) {
    using T = decltype(element);
    for (std::int64_t n = 0; n < rows; ++n) {
      const T* row = logits.as<T>() + n * classes;
      double log_sum = 0;
      softmax_row(row, probabilities.as<float>() + n * classes, classes, &log_sum);
      if (labels.empty()) continue;
      const std::int32_t label = labels.as<std::int32_t>()[n];
      losses.as<float>()[n] = label < 0 ? 0.0f : cross_entropy(label_smoothing, row, classes, label, log_sum);
    }
  });
}

void softmax_cross_entropy_backward(float label_smoothing, float loss_scale, ConstTensor probabilities,
                                    ConstTensor labels, Tensor dlogits) {
  const std::int64_t rows = dlogits.shape()[0], classes = dlogits.shape()[1];
  for_type(dlogits.type(), [&](auto element) {
    using T = decltype(element);
    for (std::int64_t n = 0; n < rows; ++n) {
      const float* row = probabilities.as<float>() + n * classes;
      const std::int32_t label = labels.as<std::int32_t>()[n];
      T* gradients = dlogits.as<T>() + n * classes;
      for (std::int64_t c = 0; c < classes; ++c) {
        const float gradient = loss_scale * (row[c] - target(label_smoothing, classes, c == label));
        store(label < 0 ? 0.0f : gradient, gradients[c]);
      }
    }
  });
}

}  // namespace c3d::cpu
