#include "c3d/report/thumbnails/frame_strip.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "data/jpeg.h"
#include "data/resize.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::uint8_t kWhite = 255;
constexpr int kQuantizer = 6;

}  // namespace

FrameSize strip_frame_size(int width, int height) {
  const double scale = std::min(
      {1.0, kStripHeight / static_cast<double>(height), 2.0 * kStripHeight / static_cast<double>(width)});
  const auto scaled = [scale](int extent) {
    return std::max(1, static_cast<int>(std::lround(extent * scale)));
  };
  return {scaled(width), scaled(height)};
}

FrameStrip frame_strip(FrameSource& frames, std::int64_t count, FrameSize frame, int gap) {
  expect(count > 0, "there is no frame");
  const int width = frames.width(), height = frames.height();
  Resizer resizer(width, height, frame.width, frame.height);
  const int strip_width = 3 * frame.width + 2 * gap;
  const auto row = static_cast<std::size_t>(frame.width) * 3, rows = static_cast<std::size_t>(frame.height),
             strip_row = static_cast<std::size_t>(strip_width) * 3;
  std::vector<std::uint8_t> whole(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  std::vector<std::uint8_t> small(row * rows), strip(strip_row * rows, kWhite);
  std::size_t left = 0;
  for (const std::int64_t number : {std::int64_t{0}, count / 2, count - 1}) {
    frames.read(number, 1, 1, whole);
    resizer.run(whole.data(), std::ptrdiff_t{width} * 3, small.data());
    for (std::size_t y = 0; y < rows; ++y) {
      std::copy_n(small.begin() + static_cast<std::ptrdiff_t>(y * row), row,
                  strip.begin() + static_cast<std::ptrdiff_t>(y * strip_row + left));
    }
    left += row + static_cast<std::size_t>(gap) * 3;
  }
  return {encode_jpeg(strip, strip_width, frame.height, kQuantizer), strip_width, frame.height};
}

}  // namespace c3d
