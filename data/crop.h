// A square of a frame, as it is stored where frames keep their shape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace c3d {

struct SquareCrop {           // lies inside of the frame
  int width = 0, height = 0;  // of the frame
  int top = 0, left = 0;      // of the square
  int side = 0;

  std::size_t whole_bytes() const;  // of the frame
  std::size_t bytes() const;        // of the square
};

// frame [height,width,3] -> square [side,side,3]; what lies behind either is left alone.
void copy_crop(const SquareCrop& crop, std::span<const std::uint8_t> frame, std::span<std::uint8_t> square);

}  // namespace c3d
