#include "data/grey_cells.h"

#include <algorithm>
#include <cstddef>

namespace c3d {
namespace {

constexpr int kPixelStep = 2;

// In 1/256.
float grey(const std::uint8_t* rgb) {
  return static_cast<float>(77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) / 256;
}

struct Range {
  int first, end;
};
// Of the pixels in a row or column of cells; one at least.
Range pixels_of(int cell, int cells, int size) {
  const int first = std::min(cell * size / cells, size - 1);
  return {first, std::max((cell + 1) * size / cells, first + 1)};
}

float cell_mean(std::span<const std::uint8_t> frame, int width, Range rows, Range columns) {
  float sum = 0;
  int count = 0;
  for (int y = rows.first; y < rows.end; y += kPixelStep) {
    for (int x = columns.first; x < columns.end; x += kPixelStep) {
      sum += grey(&frame[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                              static_cast<std::size_t>(x))]);
      ++count;
    }
  }
  return sum / static_cast<float>(count);
}

}  // namespace

void grey_cells(std::span<const std::uint8_t> frame, int width, int height, int columns, int rows,
                std::span<float> out) {
  std::size_t cell = 0;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      out[cell++] = cell_mean(frame, width, pixels_of(row, rows, height), pixels_of(column, columns, width));
    }
  }
}

}  // namespace c3d
