#include "data/orientation.h"

#include <cmath>
#include <cstring>

namespace c3d {

// The matrix [a b; c d] takes (x, y) to (a x + c y, b x + d y).
Orientation orientation(const std::int32_t* matrix) {
  if (matrix == nullptr) return {};
  const std::int32_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (std::abs(static_cast<double>(a)) >= std::abs(static_cast<double>(b))) return {false, a < 0, d < 0};
  return {true, c < 0, b < 0};
}

int quarter_turns(const Orientation& how) {
  if (how.transposed) return how.mirrored_x ? 1 : 3;
  return how.mirrored_y ? 2 : 0;
}

void turn(const Pixels& in, const Orientation& how, std::uint8_t* out) {
  const int width = how.transposed ? in.height : in.width, height = how.transposed ? in.width : in.height;
  const std::ptrdiff_t step_x = (how.transposed ? in.stride : 3) * (how.mirrored_x ? -1 : 1);
  const std::ptrdiff_t step_y = (how.transposed ? 3 : in.stride) * (how.mirrored_y ? -1 : 1);
  const std::uint8_t* corner =
      in.data - (how.mirrored_x ? step_x * (width - 1) : 0) - (how.mirrored_y ? step_y * (height - 1) : 0);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* pixel = corner + y * step_y;
    for (int x = 0; x < width; ++x, pixel += step_x, out += 3) std::memcpy(out, pixel, 3);
  }
}

}  // namespace c3d
