// How a decoded picture is turned to be shown: rows and columns change places, then each axis may be
// mirrored.
#pragma once

#include <cstddef>
#include <cstdint>

namespace c3d {

struct Orientation {
  bool transposed = false, mirrored_x = false, mirrored_y = false;
  bool upright() const { return !transposed && !mirrored_x && !mirrored_y; }
};

// Of a display matrix of 3x3 as FFmpeg gives it, to the nearest quarter turn; nullptr: upright.
Orientation orientation(const std::int32_t* matrix);

// Clockwise, 0 to 3; of a mirrored picture those that are left when the mirror is undone.
int quarter_turns(const Orientation& how);

// A packed RGB picture somewhere in memory; borrowed.
struct Pixels {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;  // bytes from row to row
  int width = 0, height = 0;
};

// out [height,width,3], as shown.
void turn(const Pixels& in, const Orientation& how, std::uint8_t* out);

}  // namespace c3d
