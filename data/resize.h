// Bilinear resize of RGB pictures, level for level as OpenCV's cv2.resize(INTER_LINEAR) computes it for
// bytes: first along rows, then down columns, with OpenCV's intermediate truncations (imgproc/resize.cpp:
// HResizeLinear, VResizeLinear; data/resize_taps.h). One Resizer belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/pixel_loops/pixel_loops.h"
#include "data/resize_taps.h"

namespace c3d {

class Resizer {
 public:
  Resizer(int source_width, int source_height, int width, int height);

  // source [source_height,source_width,3] with source_stride bytes from row to row; out [height,width,3],
  // packed.
  void run(const std::uint8_t* source, std::ptrdiff_t source_stride, std::uint8_t* out);

 private:
  const std::int16_t* stretched(const std::uint8_t* source, std::ptrdiff_t source_stride, int row);

  const PixelLoops* loops_;
  std::vector<std::int32_t> near_, far_;  // [width] byte offsets in a source row
  std::size_t inner_ = 0;                 // pixels before the first that needs the last of a source row
  std::vector<std::int16_t> weights_;     // [3 width]
  std::vector<RowTap> rows_;              // [height]
  std::vector<std::uint8_t> near_pixels_, far_pixels_;
  std::vector<std::int16_t> buffered_[2];  // two source rows, stretched to the new width, in 1/128
  int buffered_row_[2] = {-1, -1};
};

}  // namespace c3d
