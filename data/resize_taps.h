// From which two samples, and with which weights, cv2.resize(INTER_LINEAR) makes each column and row of a
// picture of bytes: half-pixel centres, no antialiasing, weights of 11 bits (OpenCV's imgproc/resize.cpp).
#pragma once

#include <cstdint>
#include <vector>

namespace c3d {

// OpenCV's (near * w_near + far * w_far) >> 4 with weights that add up to 2048, in 16-bit arithmetic: with
// near the sample of the larger weight, it is 128 near + ((near - far) 128 * weight >> 16), and no factor
// leaves 16 bits.
struct ColumnTap {
  int near = 0, far = 0;    // source columns; far is beside near, or near itself
  std::int16_t weight = 0;  // -32 w_far
};

// ((above * above_weight >> 16) + (below * below_weight >> 16) + 2) >> 2 of what the columns give.
struct RowTap {
  int above = 0, below = 0;                         // source rows
  std::int16_t above_weight = 0, below_weight = 0;  // of 2048
};

std::vector<ColumnTap> column_taps(int source_width, int width);
std::vector<RowTap> row_taps(int source_height, int height);

}  // namespace c3d
