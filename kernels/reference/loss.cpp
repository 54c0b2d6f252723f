#include <algorithm>
#include <cmath>

#include "kernels/reference/ops.h"
#include "kernels/reference/storage.h"

namespace c3d::reference {
namespace {

// What one row aims at.
class RowTarget {
 public:
  RowTarget(const CrossEntropyRule& rule, const CrossEntropyTargets& targets, std::int64_t row,
            std::int64_t classes)
      : rule_(rule), classes_(static_cast<double>(classes)) {
    first_ = targets.labels.as<std::int32_t>()[row];
    if (!targets.mix.empty()) second_ = targets.second_labels.as<std::int32_t>()[row];
    if (second_ >= 0) first_share_ = load(targets.mix.as<float>()[row]);
  }
  bool is_padding() const { return first_ < 0; }
  // The class's weight times its share of the target.
  double weight(std::int64_t c) const {
    const double smoothing = load(rule_.label_smoothing);
    const double label = (c == first_ ? first_share_ : 0) + (c == second_ ? 1 - first_share_ : 0);
    const double weight = rule_.class_weights.empty() ? 1 : load(rule_.class_weights.as<float>()[c]);
    return weight * ((1 - smoothing) * label + smoothing / classes_);
  }

 private:
  const CrossEntropyRule& rule_;
  double classes_;
  std::int32_t first_ = -1, second_ = -1;
  double first_share_ = 1;
};

// (1 - p)^gamma (-log p)
double class_loss(double gamma, double log_p) {
  return std::pow(std::max(-std::expm1(log_p), 0.0), gamma) * -log_p;
}

// Its derivative by p, times p. Of a sure class, p = 1, it is 0 but for a gamma of 0.
double class_slope(double gamma, double p) {
  if (gamma == 0) return -1;
  if (p >= 1) return 0;
  const double p_log_p = p > 0 ? p * std::log(p) : 0;
  return gamma * std::pow(1 - p, gamma - 1) * p_log_p - std::pow(1 - p, gamma);
}

double positive_weight(ConstTensor weights, std::int64_t c) {
  return weights.empty() ? 1 : load(weights.as<float>()[c]);
}

}  // namespace

void softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                   const CrossEntropyTargets& targets, Tensor probabilities, Tensor losses) {
  with_storage(logits.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t classes = logits.shape()[1];
    for (std::int64_t n = 0; n < logits.shape()[0]; ++n) {
      const T* z = logits.as<T>() + n * classes;
      double largest = load(z[0]);
      for (std::int64_t c = 1; c < classes; ++c) largest = std::max(largest, load(z[c]));
      double sum = 0;
      for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(load(z[c]) - largest);
      const double log_sum = largest + std::log(sum);
      for (std::int64_t c = 0; c < classes; ++c)
        store(probabilities.as<float>()[n * classes + c], std::exp(load(z[c]) - log_sum));
      if (losses.empty()) continue;

      const RowTarget target(rule, targets, n, classes);
      double loss = 0;
      for (std::int64_t c = 0; c < classes && !target.is_padding(); ++c) {
        const double weight = target.weight(c);
        if (weight != 0) loss += weight * class_loss(load(rule.focal_gamma), load(z[c]) - log_sum);
      }
      store(losses.as<float>()[n], loss);
    }
  });
}

void softmax_cross_entropy_backward(float loss_scale, const CrossEntropyRule& rule, ConstTensor probabilities,
                                    const CrossEntropyTargets& targets, Tensor dlogits) {
  with_storage(dlogits.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t classes = dlogits.shape()[1];
    for (std::int64_t n = 0; n < dlogits.shape()[0]; ++n) {
      const float* p = probabilities.as<float>() + n * classes;
      T* dz = dlogits.as<T>() + n * classes;
      const RowTarget target(rule, targets, n, classes);
      const auto slope = [&](std::int64_t c) {
        return target.weight(c) * class_slope(load(rule.focal_gamma), load(p[c]));
      };
      double sum = 0;
      for (std::int64_t c = 0; c < classes; ++c) sum += slope(c);
      for (std::int64_t c = 0; c < classes; ++c)
        store(dz[c], target.is_padding() ? 0.0 : load(loss_scale) * (slope(c) - load(p[c]) * sum));
    }
  });
}

void sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                                   Tensor probabilities, Tensor losses) {
  with_storage(logits.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t classes = logits.shape()[1];
    for (std::int64_t n = 0; n < logits.shape()[0]; ++n) {
      double loss = 0;
      for (std::int64_t c = 0; c < classes; ++c) {
        const std::int64_t at = n * classes + c;
        const double z = load(logits.as<T>()[at]);
        store(probabilities.as<float>()[at], 1 / (1 + std::exp(-z)));
        const double target = targets.empty() ? -1 : load(targets.as<float>()[at]);
        if (target < 0) continue;
        const double missing = std::log1p(std::exp(-std::abs(z))) + std::max(-z, 0.0);  // -log p
        loss += target * positive_weight(positive_weights, c) * missing + (1 - target) * (z + missing);
      }
      if (!losses.empty()) store(losses.as<float>()[n], loss / static_cast<double>(classes));
    }
  });
}

void sigmoid_cross_entropy_backward(float loss_scale, ConstTensor positive_weights, ConstTensor probabilities,
                                    ConstTensor targets, Tensor dlogits) {
  with_storage(dlogits.type(), [&](auto storage) {
    using T = decltype(storage);
    const std::int64_t classes = dlogits.shape()[1];
    const double scale = load(loss_scale) / static_cast<double>(classes);
    for (std::int64_t at = 0; at < dlogits.count(); ++at) {
      const double target = load(targets.as<float>()[at]), p = load(probabilities.as<float>()[at]);
      const double weight = positive_weight(positive_weights, at % classes);
      const double gradient = (1 - target) * p - target * weight * (1 - p);
      store(dlogits.as<T>()[at], target < 0 ? 0.0 : scale * gradient);
    }
  });
}

}  // namespace c3d::reference
