#include "data/augment/affine_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kOneBits = 32, kFractionBits = 8, kFraction = 1 << kFractionBits;

std::int64_t fixed(double value) { return std::llround(std::ldexp(value, kOneBits)); }

struct Region {
  double x = 0, y = 0;  // the middle
  double width = 0, height = 0;
};

Region region_of(const AugmentationDraw& draw, const CropPlace& plain, int height, int width, int crop) {
  const double side = crop;
  if (!draw.moves()) return {plain.left + side / 2, plain.top + side / 2, side, side};
  const double shorter = std::min(height, width);
  const double area = draw.area ? *draw.area * shorter * shorter : side * side;
  Region region;
  region.width = std::min(std::sqrt(area * draw.aspect), static_cast<double>(width));
  region.height = std::min(std::sqrt(area / draw.aspect), static_cast<double>(height));
  region.x = region.width / 2 + draw.left_at * (width - region.width);
  region.y = region.height / 2 + draw.top_at * (height - region.height);
  return region;
}

}  // namespace

AffineMap::AffineMap(const AugmentationDraw& draw, const CropPlace& plain, int height, int width, int crop)
    : height_(height), width_(width), crop_(crop) {
  expect(crop >= 1 && plain.top >= 0 && plain.left >= 0 && plain.top + crop <= height &&
             plain.left + crop <= width,
         "a crop of {0}x{0} at ({1}, {2}) does not fit into frames of {3}x{4}", crop, plain.left, plain.top,
         width, height);
  const Region region = region_of(draw, plain, height, width, crop);
  const double radians = draw.rotation * std::numbers::pi / 180;
  const double cosine = std::cos(radians), sine = std::sin(radians);
  // A step of one pixel in the clip, as it lies in the region before that is turned.
  const double right = (plain.flip ? -1 : 1) * region.width / crop, down = region.height / crop;
  const double first = 0.5 * (1 - crop);  // from the middle to the centre of pixel 0, in steps
  // Pixel i has its centre at i + 0.5.
  x_ = fixed(region.x - 0.5 + first * (cosine * right - sine * down));
  y_ = fixed(region.y - 0.5 + first * (sine * right + cosine * down));
  x_right_ = fixed(cosine * right);
  x_down_ = fixed(-sine * down);
  y_right_ = fixed(sine * right);
  y_down_ = fixed(cosine * down);
}

AffineMap::Place AffineMap::inside(std::int64_t x, std::int64_t y) const {
  constexpr int kShift = kOneBits - kFractionBits;
  constexpr std::int64_t kHalf = std::int64_t{1} << (kShift - 1);
  const auto limit = [](std::int64_t place, int size) {
    const std::int64_t last = std::int64_t{size - 1} * kFraction;
    return static_cast<int>(std::clamp<std::int64_t>((place + kHalf) >> kShift, 0, last));
  };
  const int column = limit(x, width_), row = limit(y, height_);
  return {column >> kFractionBits, row >> kFractionBits, column % kFraction, row % kFraction};
}

SourcePixels AffineMap::source() const {
  SourcePixels bounds{height_, 0, width_, 0};
  for (const std::int64_t row : {0, crop_ - 1}) {
    for (const std::int64_t column : {0, crop_ - 1}) {
      const Place at = inside(x_ + column * x_right_ + row * x_down_, y_ + column * y_right_ + row * y_down_);
      bounds.top = std::min(bounds.top, at.row);
      bounds.left = std::min(bounds.left, at.column);
      bounds.bottom = std::max(bounds.bottom, at.row + (at.row_fraction > 0 ? 2 : 1));
      bounds.right = std::max(bounds.right, at.column + (at.column_fraction > 0 ? 2 : 1));
    }
  }
  return bounds;
}

void AffineMap::taps(int row, const SourcePixels& stored, std::int32_t pixel, std::int32_t line,
                     std::span<PixelTap> out) const {
  std::int64_t x = x_ + row * x_down_, y = y_ + row * y_down_;
  for (PixelTap& tap : out) {
    const Place at = inside(x, y);
    const int right = at.column_fraction, down = at.row_fraction;
    // The weights add up to 256 whatever is rounded.
    const int both = (right * down + kFraction / 2) / kFraction;
    tap.offset = (at.row - stored.top) * line + (at.column - stored.left) * pixel;
    tap.weight = {static_cast<std::uint16_t>(kFraction - right - down + both),
                  static_cast<std::uint16_t>(right - both), static_cast<std::uint16_t>(down - both),
                  static_cast<std::uint16_t>(both)};
    x += x_right_;
    y += y_right_;
  }
}

}  // namespace c3d
