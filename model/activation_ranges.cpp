#include "model/activation_ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/core/float8.h"
#include "engine/io/json.h"

namespace c3d {

std::optional<std::size_t> e4m3_result(std::string_view layer) {
  const auto* const found = std::ranges::find(kE4m3Results, layer);
  if (found == kE4m3Results.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kE4m3Results.begin());
}

std::string to_text(const ActivationRanges& ranges) {
  nlohmann::ordered_json object;
  for (std::size_t i = 0; i < ranges.size(); ++i) object[std::string(kE4m3Results[i])] = ranges[i];
  return dump_json(object);
}

ActivationRanges parse_activation_ranges(const std::string& text) {
  const nlohmann::json said = try_parse_json(text);
  expect(said.is_object() && said.size() == kE4m3Results.size(),
         "metadata: '{}' says '{:.60}'; it is an object with a number for each of {} layers: calibrate the "
         "weights again",
         kActivationRangesKey, text, kE4m3Results.size());
  ActivationRanges ranges{};
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto entry = said.find(kE4m3Results[i]);
    const double largest = entry != said.end() && entry->is_number()
                               ? entry->get<double>()
                               : std::numeric_limits<double>::quiet_NaN();
    expect(largest >= 0 && largest <= double{std::numeric_limits<float>::max()},
           "metadata: '{}' has no number that is 0 or more for {}: calibrate the weights again",
           kActivationRangesKey, kE4m3Results[i]);
    ranges[i] = static_cast<float>(largest);
  }
  return ranges;
}

float e4m3_scale(float largest) {
  constexpr int kMost = 50;  // so that products and quotients of scales are floats
  if (!(largest > 0)) return 1;
  int exponent = 0;
  const float part = std::frexp(largest / kLargestE4M3, &exponent);  // 0.5 to 1
  return std::ldexp(1.0f, std::clamp(part > 0.5f ? exponent : exponent - 1, -kMost, kMost));
}

}  // namespace c3d
