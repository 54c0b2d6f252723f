#include "model/e4m3_rounding.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace c3d {
namespace {

// The next one in the direction of zero, or away from it.
Float8E4M3 neighbour(Float8E4M3 code, bool towards_zero) {
  return {static_cast<std::uint8_t>(towards_zero ? code.bits - 1 : code.bits + 1)};
}

// The neighbour of a rounded weight on the weight's other side.
Float8E4M3 other_side(float weight, Float8E4M3 code) {
  const float rounded = to_float(code);
  if (rounded == 0) return {static_cast<std::uint8_t>(weight < 0 ? 0x81 : 0x01)};
  return neighbour(code, std::abs(rounded) > std::abs(weight));
}

struct Choice {
  float nearness;  // of the other side: 0.5 is as near
  std::size_t at;
  friend auto operator<=>(const Choice&, const Choice&) = default;
};

}  // namespace

void round_slice(std::span<const float> weights, std::int64_t channels, std::span<Float8E4M3> codes) {
  const auto step = static_cast<std::size_t>(channels);
  std::ranges::transform(weights, codes.begin(), to_e4m3);
  std::vector<Choice> choices;
  choices.reserve(weights.size() / step);
  for (std::size_t channel = 0; channel < step; ++channel) {
    double error = 0;
    for (std::size_t i = channel; i < weights.size(); i += step) {
      error += double{to_float(codes[i])} - double{weights[i]};
    }
    choices.clear();
    for (std::size_t i = channel; i < weights.size(); i += step) {
      const float rounded = to_float(codes[i]), off = rounded - weights[i];
      if (off == 0 || (off > 0) != (error > 0)) continue;
      choices.push_back({std::abs(off / (rounded - to_float(other_side(weights[i], codes[i])))), i});
    }
    std::ranges::sort(choices, std::greater());
    for (const auto& [nearness, i] : choices) {
      const Float8E4M3 other = other_side(weights[i], codes[i]);
      const double changed = error + double{to_float(other)} - double{to_float(codes[i])};
      if (std::abs(changed) >= std::abs(error)) continue;
      error = changed;
      codes[i] = other;
    }
  }
}

}  // namespace c3d
