// Where in a stored frame each pixel of a clip comes from: random resized crop, rotation and flip as one
// affine map, the same for all frames of a clip. It is computed in double once and used in fixed point.
#pragma once

#include <cstdint>
#include <span>

#include "data/augment/augmentation.h"
#include "data/augment/loops/augment_loops.h"

namespace c3d {

// The plain crop: a square of stored pixels, mirrored or not.
struct CropPlace {
  int top = 0, left = 0;
  bool flip = false;
};

struct SourcePixels {  // rows top .. bottom - 1, columns left .. right - 1
  int top = 0, bottom = 0, left = 0, right = 0;
};

class AffineMap {
 public:
  // From frames of height x width to clips of crop x crop. Without geometry in the draw each pixel of the
  // clip is one of the frame, exactly.
  AffineMap(const AugmentationDraw& draw, const CropPlace& plain, int height, int width, int crop);

  // The pixels that taps() of all rows read with a weight above zero.
  SourcePixels source() const;
  // Of the clip's pixels in `row`, crop of them, with half-pixel centres: bilinear in four pixels, without
  // antialiasing, as regions are rarely twice as large as the clip. Beyond the frame its edge goes on.
  // Offsets are in pixels of `stored` scaled by `pixel` and `line` for one step to the right and one down.
  void taps(int row, const SourcePixels& stored, std::int32_t pixel, std::int32_t line,
            std::span<PixelTap> out) const;

 private:
  struct Place {
    int column, row;                    // of the upper left pixel
    int column_fraction, row_fraction;  // of 256
  };
  Place inside(std::int64_t x, std::int64_t y) const;  // the nearest place in the frame

  int height_, width_, crop_;
  // Of 2^32: the place of pixel (0, 0), and the steps for one pixel to the right and one down.
  std::int64_t x_ = 0, x_right_ = 0, x_down_ = 0;
  std::int64_t y_ = 0, y_right_ = 0, y_down_ = 0;
};

}  // namespace c3d
