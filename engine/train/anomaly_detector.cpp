#include "engine/train/anomaly_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace c3d {
namespace {

template <typename T>
double largest_magnitude(const T* values, std::int64_t count) {
  double largest = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = std::abs(static_cast<double>(to_float(values[i])));
    if (!std::isfinite(value)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, value);
  }
  return largest;
}

}  // namespace

std::string to_string(const InspectedValue& value) {
  return fmt::format("the {} pass of {} ({})", value.direction == Direction::forward ? "forward" : "backward",
                     value.layer, value.op);
}

void AnomalyDetector::before(const OpEvent& event) {
  if (event.direction == Direction::forward) inspect(event, event.context.inputs, true);
}

void AnomalyDetector::after(const OpEvent& event) {
  const bool forward = event.direction == Direction::forward;
  inspect(event, forward ? event.context.outputs : event.context.input_gradients, false);
}

void AnomalyDetector::inspect(const OpEvent& event, std::span<const Tensor> values, bool from_inputs) {
  if (first_not_finite_) return;
  for (const Tensor& value : values) {
    const double found = magnitude(event.context.backend, value);
    const InspectedValue seen{event.label, event.name, event.direction, from_inputs, found};
    if (!std::isfinite(found)) {
      first_not_finite_ = seen;
      return;
    }
    InspectedValue& largest = event.direction == Direction::forward ? largest_value_ : largest_gradient_;
    if (found > largest.magnitude && !from_inputs) largest = seen;
  }
}

double AnomalyDetector::magnitude(Backend& backend, ConstTensor values) {
  if (values.empty() || (values.type() != DType::f32 && values.type() != DType::bf16)) return 0;
  bytes_.resize(std::max(bytes_.size(), values.bytes()));
  const Tensor host(bytes_.data(), values.shape(), values.type(), MemoryKind::host);
  backend.copy(values, host);
  backend.synchronize();
  return values.type() == DType::f32 ? largest_magnitude(host.as<float>(), host.count())
                                     : largest_magnitude(host.as<BFloat16>(), host.count());
}

}  // namespace c3d
