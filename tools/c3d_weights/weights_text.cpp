#include "tools/c3d_weights/weights_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/printable.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

// As engine/core/shape.h spells it.
std::string shape_text(const TensorSummary& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.shape, ", "));
}

nlohmann::json parsed(const WeightsSummary& weights, const char* key) {
  const auto entry = weights.metadata.find(key);
  return try_parse_json(entry == weights.metadata.end() ? "" : entry->second);
}

// A line for each label of a network of label sets; nothing of other files.
std::string threshold_table(const WeightsSummary& weights) {
  const nlohmann::json labels = parsed(weights, "labels"), thresholds = parsed(weights, "thresholds");
  std::string text;
  if (!labels.is_array() || !thresholds.is_array() || labels.size() != thresholds.size()) return text;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i].is_string() || !thresholds[i].is_number()) return "";
    text +=
        fmt::format("  {:.3f}  {}\n", thresholds[i].get<double>(), printable(labels[i].get<std::string>()));
  }
  return "a label is there above this probability:\n" + text;
}

}  // namespace

std::string weights_table(const WeightsSummary& weights) {
  std::size_t name = 4, ours = 4, shape = 5;
  for (const TensorSummary& f : weights.tensors) {
    name = std::max(name, printable(f.name).size());
    ours = std::max(ours, f.our_name.size());
    shape = std::max(shape, shape_text(f).size());
  }
  std::string text = fmt::format("{:{}}  {:{}}  {:{}}  type  {:>12}  {:>12}  {:>12}\n", "name", name, "ours",
                                 ours, "shape", shape, "min", "max", "mean");
  for (const TensorSummary& f : weights.tensors) {
    text += fmt::format("{:{}}  {:{}}  {:{}}  {:4}  {:12.6g}  {:12.6g}  {:12.6g}", printable(f.name), name,
                        f.our_name, ours, shape_text(f), shape, f.type, f.least, f.most, f.mean);
    if (f.not_finite > 0) text += fmt::format("  {} of {} not finite", f.not_finite, f.count);
    text += "\n";
  }
  for (const auto& [key, value] : weights.metadata) {
    text += fmt::format("{}: {}\n", printable(key), printable(value));
  }
  return text + threshold_table(weights);
}

nlohmann::ordered_json weights_json(const WeightsSummary& weights) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const TensorSummary& f : weights.tensors) {
    list.push_back({{"name", f.name},
                    {"ours", f.our_name},
                    {"shape", f.shape},
                    {"dtype", f.type},
                    {"min", f.least},
                    {"max", f.most},
                    {"mean", f.mean},
                    {"not_finite", f.not_finite}});
  }
  return {{"tensors", list}, {"metadata", weights.metadata}};
}

}  // namespace c3d
