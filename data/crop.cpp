#include "data/crop.h"

#include <algorithm>

namespace c3d {
namespace {

std::size_t pixels_bytes(int count) { return static_cast<std::size_t>(count) * 3; }

}  // namespace

std::size_t SquareCrop::whole_bytes() const { return static_cast<std::size_t>(height) * pixels_bytes(width); }
std::size_t SquareCrop::bytes() const { return static_cast<std::size_t>(side) * pixels_bytes(side); }

void copy_crop(const SquareCrop& crop, std::span<const std::uint8_t> frame, std::span<std::uint8_t> square) {
  const std::size_t row = pixels_bytes(crop.width), kept = pixels_bytes(crop.side);
  frame = frame.subspan(static_cast<std::size_t>(crop.top) * row + pixels_bytes(crop.left));
  for (std::size_t y = 0; y < static_cast<std::size_t>(crop.side); ++y) {
    std::ranges::copy(frame.subspan(y * row, kept), square.subspan(y * kept).begin());
  }
}

}  // namespace c3d
