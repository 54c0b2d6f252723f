// Losses are a few thousand numbers a batch: one thread, in double.
#include <algorithm>
#include <cmath>

#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"

namespace c3d::cpu {
namespace {

// The shares of a row's two labels; the second is -1 where there is none.
struct MixedLabels {
  std::int32_t first = -1, second = -1;
  double first_share = 1;
};
MixedLabels labels_of(const CrossEntropyTargets& targets, std::int64_t row) {
  MixedLabels labels{.first = targets.labels.as<std::int32_t>()[row]};
  if (targets.mix.empty()) return labels;
  labels.second = targets.second_labels.as<std::int32_t>()[row];
  if (labels.second >= 0) labels.first_share = static_cast<double>(targets.mix.as<float>()[row]);
  return labels;
}

// A class's weight times its share of the row's target.
class ClassShares {
 public:
  ClassShares(const CrossEntropyRule& rule, std::int64_t classes)
      : weights_(rule.class_weights.empty() ? nullptr : rule.class_weights.as<float>()),
        label_share_(1 - static_cast<double>(rule.label_smoothing)),
        every_share_(static_cast<double>(rule.label_smoothing) / static_cast<double>(classes)) {}

  double operator()(const MixedLabels& labels, std::int64_t c) const {
    double share = every_share_;
    if (c == labels.first) share += label_share_ * labels.first_share;
    if (c == labels.second) share += label_share_ * (1 - labels.first_share);
    return weights_ == nullptr ? share : static_cast<double>(weights_[c]) * share;
  }

 private:
  const float* weights_;
  double label_share_, every_share_;
};

// The focal loss's factor of a class's -log p.
double focal_factor(double gamma, double log_p) {
  return gamma == 0 ? 1 : std::pow(std::max(-std::expm1(log_p), 0.0), gamma);
}

// The derivative of (1 - p)^gamma (-log p) by p, times p.
double focal_slope(double gamma, double p) {
  if (gamma == 0) return -1;
  if (p >= 1) return 0;
  const double p_log_p = p > 0 ? p * std::log(p) : 0;
  return gamma * std::pow(1 - p, gamma - 1) * p_log_p - std::pow(1 - p, gamma);
}

template <typename T>
double softmax_row(const T* logits, float* probabilities, std::int64_t classes) {  // gives log sum exp
  double largest = -INFINITY;  // not by fmax: GCC 12 for aarch64 fails at a loop of it
  for (std::int64_t c = 0; c < classes; ++c) largest = std::max<double>(largest, to_float(logits[c]));
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(to_float(logits[c]) - largest);
  const double log_sum = largest + std::log(sum);
  for (std::int64_t c = 0; c < classes; ++c) {
    probabilities[c] = static_cast<float>(std::exp(to_float(logits[c]) - log_sum));
  }
  return log_sum;
}

double weight_of(ConstTensor weights, std::int64_t c) {
  return weights.empty() ? 1 : static_cast<double>(weights.as<float>()[c]);
}

}  // namespace

void softmax_cross_entropy(const CrossEntropyRule& rule, ConstTensor logits,
                           const CrossEntropyTargets& targets, Tensor probabilities, Tensor losses) {
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  const ClassShares shares(rule, classes);
  const double gamma = static_cast<double>(rule.focal_gamma);
  for_type(logits.type(), [&](auto element) {
    using T = decltype(element);
    for (std::int64_t n = 0; n < rows; ++n) {
      const T* row = logits.as<T>() + n * classes;
      const double log_sum = softmax_row(row, probabilities.as<float>() + n * classes, classes);
      if (losses.empty()) continue;
      const MixedLabels labels = labels_of(targets, n);
      double loss = 0;
      for (std::int64_t c = 0; c < classes && labels.first >= 0; ++c) {
        const double share = shares(labels, c), log_p = to_float(row[c]) - log_sum;
        if (share != 0) loss -= share * focal_factor(gamma, log_p) * log_p;
      }
      losses.as<float>()[n] = static_cast<float>(loss);
    }
  });
}

void softmax_cross_entropy_backward(const CrossEntropyRule& rule, float loss_scale, ConstTensor probabilities,
                                    const CrossEntropyTargets& targets, Tensor dlogits) {
  const std::int64_t rows = dlogits.shape()[0], classes = dlogits.shape()[1];
  const ClassShares shares(rule, classes);
  const double gamma = static_cast<double>(rule.focal_gamma);
  for_type(dlogits.type(), [&](auto element) {
    using T = decltype(element);
    for (std::int64_t n = 0; n < rows; ++n) {
      const float* p = probabilities.as<float>() + n * classes;
      const MixedLabels labels = labels_of(targets, n);
      T* gradients = dlogits.as<T>() + n * classes;
      const auto slope = [&](std::int64_t c) {
        const double share = shares(labels, c);
        return share == 0 ? 0 : share * focal_slope(gamma, static_cast<double>(p[c]));
      };
      double sum = 0;
      for (std::int64_t c = 0; c < classes; ++c) sum += slope(c);
      for (std::int64_t c = 0; c < classes; ++c) {
        const double gradient = slope(c) - static_cast<double>(p[c]) * sum;
        store(labels.first < 0 ? 0.0f : static_cast<float>(static_cast<double>(loss_scale) * gradient),
              gradients[c]);
      }
    }
  });
}

void sigmoid_cross_entropy(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                           Tensor probabilities, Tensor losses) {
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  for_type(logits.type(), [&](auto element) {
    using T = decltype(element);
    for (std::int64_t n = 0; n < rows; ++n) {
      double loss = 0;
      for (std::int64_t c = 0; c < classes; ++c) {
        const std::int64_t at = n * classes + c;
        const double z = static_cast<double>(to_float(logits.as<T>()[at]));
        probabilities.as<float>()[at] = static_cast<float>(1 / (1 + std::exp(-z)));
        const double target = targets.empty() ? -1 : static_cast<double>(targets.as<float>()[at]);
        if (target < 0) continue;
        const double least = std::log1p(std::exp(-std::abs(z)));  // of -log p and -log (1 - p)
        loss += target * weight_of(positive_weights, c) * (least + std::max(-z, 0.0)) +
                (1 - target) * (least + std::max(z, 0.0));
      }
      if (!losses.empty()) losses.as<float>()[n] = static_cast<float>(loss / static_cast<double>(classes));
    }
  });
}

void sigmoid_cross_entropy_backward(ConstTensor positive_weights, float loss_scale, ConstTensor probabilities,
                                    ConstTensor targets, Tensor dlogits) {
  const std::int64_t classes = dlogits.shape()[1];
  const double scale = static_cast<double>(loss_scale) / static_cast<double>(classes);
  for_type(dlogits.type(), [&](auto element) {
    using T = decltype(element);
    for (std::int64_t at = 0; at < dlogits.count(); ++at) {
      const double target = static_cast<double>(targets.as<float>()[at]);
      const double p = static_cast<double>(probabilities.as<float>()[at]);
      const double gradient = (1 - target) * p - target * weight_of(positive_weights, at % classes) * (1 - p);
      store(target < 0 ? 0.0f : static_cast<float>(scale * gradient), dlogits.as<T>()[at]);
    }
  });
}

}  // namespace c3d::cpu
