#include "data/augment/colour_matrix.h"

#include <array>
#include <cmath>
#include <numbers>

namespace c3d {
namespace {

constexpr double kMiddleGrey = 128;
constexpr std::array<double, 3> kLuma = {0.299, 0.587, 0.114};

}  // namespace

ColourMatrix colour_matrix(const AugmentationDraw& draw) {
  const double turn = 2 * std::numbers::pi * draw.hue;
  // Rodrigues' formula: around (1, 1, 1).
  const double along = (1 - std::cos(turn)) / 3, across = std::sin(turn) / std::numbers::sqrt3;
  const std::array<std::array<double, 3>, 3> rotation = {
      {{along + std::cos(turn), along - across, along + across},
       {along + across, along + std::cos(turn), along - across},
       {along - across, along + across, along + std::cos(turn)}}};
  const double gain = draw.brightness * draw.contrast;
  ColourMatrix matrix;
  for (std::size_t column = 0; column < 3; ++column) {
    double luma = 0;
    for (std::size_t row = 0; row < 3; ++row) luma += kLuma[row] * rotation[row][column];
    for (std::size_t row = 0; row < 3; ++row) {
      const double value = gain * (luma + draw.saturation * (rotation[row][column] - luma));
      matrix.factor[row][column] = static_cast<std::int16_t>(std::lround(value * ColourMatrix::kOne));
    }
  }
  const double offset = draw.brightness * (1 - draw.contrast) * kMiddleGrey;
  matrix.offset = static_cast<std::int16_t>(std::lround(offset * ColourMatrix::kLevel));
  return matrix;
}

}  // namespace c3d
