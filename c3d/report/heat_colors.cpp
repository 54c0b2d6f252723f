#include "c3d/report/heat_colors.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace c3d {
namespace {

constexpr double kDimmed = 0.35;
// Nine of viridis's colours, evenly spaced.
constexpr std::array<std::uint32_t, 9> kViridis{0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21908C,
                                                0x27AD81, 0x5DC863, 0xAADC32, 0xFDE725};

double part(std::uint32_t color, std::size_t channel) {
  return static_cast<double>(color >> (16 - 8 * channel) & 0xFFU);
}

}  // namespace

std::array<double, 3> heat_color(double heat) {
  const double place = std::clamp(heat, 0.0, 1.0) * static_cast<double>(kViridis.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, kViridis.size() - 1);
  std::array<double, 3> color{};
  for (std::size_t c = 0; c < color.size(); ++c) {
    const double from = part(kViridis[low], c);
    color[c] = (from + (place - std::floor(place)) * (part(kViridis[high], c) - from)) / 255;
  }
  return color;
}

void draw_heat_on_frame(std::span<std::uint8_t> rgb, std::span<const float> heat) {
  for (std::size_t i = 0; i < heat.size(); ++i) {
    const auto value = static_cast<double>(heat[i]);
    const double opacity = value < 0 ? 1 - kDimmed : kMostHeatOpacity * std::min(value, 1.0);
    const std::array<double, 3> color = value < 0 ? std::array<double, 3>{} : heat_color(value);
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t& level = rgb[3 * i + c];
      level = static_cast<std::uint8_t>(
          std::lround((1 - opacity) * static_cast<double>(level) + opacity * 255 * color[c]));
    }
  }
}

}  // namespace c3d
