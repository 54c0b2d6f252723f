#include "tools/c3d_weights/report.h"

#include <fmt/format.h>

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
      if constexpr (std::is_same_v<decltype(values), const BFloat16*>) {
        visit(i, double{to_float(values[i])});
      } else {
        visit(i, static_cast<double>(values[i]));
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

Difference compare(const NamedTensor& a, const NamedTensor& b) {
  Difference result{a.name, std::numeric_limits<double>::infinity(), {}};
  if (a.values.shape() != b.values.shape()) {
    result.why = to_string(a.values.shape()) + " and " + to_string(b.values.shape());
  } else {
    result.difference = largest_difference(a.values, b.values);
    if (std::isinf(result.difference)) result.why = "not finite in one of them";
  }
  return result;
}

}  // namespace

TensorFacts facts_of(const NamedTensor& tensor, const std::string& ours) {
  TensorFacts facts{tensor.name, ours, to_string(tensor.values.shape()), to_string(tensor.values.type())};
  facts.count = tensor.values.count();
  double sum = 0, least = std::numeric_limits<double>::infinity(), most = -least;
  for_each_value(tensor.values, [&](std::int64_t, double value) {
    if (!std::isfinite(value)) {
      ++facts.not_finite;
      return;
    }
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
  });
  const std::int64_t finite = facts.count - facts.not_finite;
  if (finite > 0) {
    facts.least = least;
    facts.most = most;
    facts.mean = sum / static_cast<double>(finite);
  }
  return facts;
}

std::vector<TensorFacts> facts_of(const NamedTensors& tensors) {
  const Naming naming = naming_of(tensors);
  std::vector<TensorFacts> facts;
  for (const NamedTensor& tensor : tensors.all()) {
    facts.push_back(facts_of(tensor, our_name(tensor.name, naming)));
  }
  return facts;
}

std::string facts_table(const std::vector<TensorFacts>& facts, const NamedTensors& tensors) {
  std::size_t name = 4, ours = 4, shape = 5;
  for (const TensorFacts& f : facts) {
    name = std::max(name, printable(f.name).size());
    ours = std::max(ours, f.ours.size());
    shape = std::max(shape, f.shape.size());
  }
  std::string text = fmt::format("{:{}}  {:{}}  {:{}}  type  {:>12}  {:>12}  {:>12}\n", "name", name, "ours",
                                 ours, "shape", shape, "min", "max", "mean");
  for (const TensorFacts& f : facts) {
    text += fmt::format("{:{}}  {:{}}  {:{}}  {:4}  {:12.6g}  {:12.6g}  {:12.6g}", printable(f.name), name,
                        f.ours, ours, f.shape, shape, f.type, f.least, f.most, f.mean);
    if (f.not_finite > 0) text += fmt::format("  {} of {} not finite", f.not_finite, f.count);
    text += "\n";
  }
  for (const auto& [key, value] : tensors.metadata()) {
    text += fmt::format("{}: {}\n", printable(key), printable(value));
  }
  return text;
}

nlohmann::ordered_json facts_json(const std::vector<TensorFacts>& facts, const NamedTensors& tensors) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const TensorFacts& f = facts[i];
    const auto extents = tensors.all()[i].values.shape().extents();
    list.push_back({{"name", f.name},
                    {"ours", f.ours},
                    {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
                    {"dtype", f.type},
                    {"min", f.least},
                    {"max", f.most},
                    {"mean", f.mean},
                    {"not_finite", f.not_finite}});
  }
  return {{"tensors", list}, {"metadata", tensors.metadata()}};
}

std::vector<Difference> differences(const NamedTensors& a, const NamedTensors& b) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  std::vector<Difference> all;
  for (const NamedTensor& tensor : a.all()) {
    const NamedTensor* other = b.find(tensor.name);
    all.push_back(other == nullptr ? Difference{tensor.name, kAll, "not in the second file"}
                                   : compare(tensor, *other));
  }
  for (const NamedTensor& tensor : b.all()) {
    if (a.find(tensor.name) == nullptr) all.push_back({tensor.name, kAll, "not in the first file"});
  }
  return all;
}

}  // namespace c3d
