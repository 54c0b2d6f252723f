#include "c3d/weights/tensor_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "weights/name_maps.h"

namespace c3d {
namespace {

template <typename Visit>
void for_each_value(const ConstTensor& tensor, const Visit& visit) {
  const auto each = [&](const auto* values) {
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(values[i])>>) {
        visit(i, static_cast<double>(values[i]));
      } else {
        visit(i, double{to_float(values[i])});
      }
    }
  };
  switch (tensor.type()) {
    case DType::f32:
      return each(tensor.as<float>());
    case DType::bf16:
      return each(tensor.as<BFloat16>());
    case DType::u8:
      return each(tensor.as<std::uint8_t>());
    case DType::i32:
      return each(tensor.as<std::int32_t>());
    case DType::e4m3:
      return each(tensor.as<Float8E4M3>());
  }
}

std::vector<double> values_of(const ConstTensor& tensor) {
  std::vector<double> values(static_cast<std::size_t>(tensor.count()));
  for_each_value(tensor, [&](std::int64_t i, double value) { values[static_cast<std::size_t>(i)] = value; });
  return values;
}

double largest_difference(const ConstTensor& a, const ConstTensor& b) {
  const std::vector<double> other = values_of(b);
  double largest = 0;
  for_each_value(a, [&](std::int64_t i, double value) {
    const double second = other[static_cast<std::size_t>(i)];
    const bool is_same = value == second || (std::isnan(value) && std::isnan(second));
    if (is_same) return;
    const double difference = std::abs(value - second);
    largest =
        std::max(largest, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
  });
  return largest;
}

TensorDifference compare(const NamedTensor& a, const NamedTensor& b) {
  TensorDifference result{a.name, std::numeric_limits<double>::infinity(), {}};
  if (a.values.shape() != b.values.shape()) {
    result.reason = to_string(a.values.shape()) + " and " + to_string(b.values.shape());
  } else {
    result.difference = largest_difference(a.values, b.values);
    if (std::isinf(result.difference)) result.reason = "not finite in one of them";
  }
  return result;
}

TensorSummary summary_of(const NamedTensor& tensor, const std::string& our_name) {
  const auto extents = tensor.values.shape().extents();
  TensorSummary summary{.name = tensor.name,
                        .our_name = our_name,
                        .shape = {extents.begin(), extents.end()},
                        .type = to_string(tensor.values.type()),
                        .count = tensor.values.count()};
  double sum = 0, least = std::numeric_limits<double>::infinity(), most = -least;
  for_each_value(tensor.values, [&](std::int64_t, double value) {
    if (!std::isfinite(value)) {
      ++summary.not_finite;
      return;
    }
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
  });
  const std::int64_t finite = summary.count - summary.not_finite;
  if (finite > 0) {
    summary.least = least;
    summary.most = most;
    summary.mean = sum / static_cast<double>(finite);
  }
  return summary;
}

}  // namespace

std::vector<TensorSummary> summaries_of(const NamedTensors& tensors) {
  const Naming naming = naming_of(tensors);
  std::vector<TensorSummary> summaries;
  for (const NamedTensor& tensor : tensors.all()) {
    summaries.push_back(summary_of(tensor, our_name(tensor.name, naming)));
  }
  return summaries;
}

std::vector<TensorDifference> differences(const NamedTensors& a, const NamedTensors& b) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  std::vector<TensorDifference> all;
  for (const NamedTensor& tensor : a.all()) {
    const NamedTensor* other = b.find(tensor.name);
    all.push_back(other == nullptr ? TensorDifference{tensor.name, kAll, "not in the second file"}
                                   : compare(tensor, *other));
  }
  for (const NamedTensor& tensor : b.all()) {
    if (a.find(tensor.name) == nullptr) all.push_back({tensor.name, kAll, "not in the first file"});
  }
  return all;
}

}  // namespace c3d
