#include "data/resize_taps.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace c3d {
namespace {

constexpr int kWeightOne = 2048;

struct TapPlace {
  int at = 0;          // the lower of the two samples; may be -1 or the last
  float fraction = 0;  // weight of the upper one
};

// OpenCV computes the place in double and rounds it to float before it takes the fraction.
TapPlace place(int index, int source_size, int size) {
  const double scale = 1.0 / (static_cast<double>(size) / source_size);
  const float where = static_cast<float>((index + 0.5) * scale - 0.5);
  const int at = static_cast<int>(std::floor(where));
  return {at, where - static_cast<float>(at)};
}

std::int16_t weight(float fraction) { return static_cast<std::int16_t>(std::lrint(fraction * kWeightOne)); }

}  // namespace

std::vector<ColumnTap> column_taps(int source_width, int width) {
  std::vector<ColumnTap> taps;
  taps.reserve(static_cast<std::size_t>(width));
  for (int x = 0; x < width; ++x) {
    TapPlace found = place(x, source_width, width);
    if (found.at < 0) found = {0, 0.0F};
    if (found.at >= source_width - 1) found = {source_width - 1, 0.0F};
    int near = found.at, far = std::min(found.at + 1, source_width - 1);
    std::int16_t far_weight = weight(found.fraction);
    if (far_weight > kWeightOne / 2) {
      std::swap(near, far);
      far_weight = weight(1.0F - found.fraction);
    }
    taps.push_back({near, far, static_cast<std::int16_t>(-32 * far_weight)});
  }
  return taps;
}

std::vector<RowTap> row_taps(int source_height, int height) {
  std::vector<RowTap> taps;
  taps.reserve(static_cast<std::size_t>(height));
  const auto inside = [&](int row) { return std::clamp(row, 0, source_height - 1); };
  for (int y = 0; y < height; ++y) {
    const TapPlace found = place(y, source_height, height);
    taps.push_back(
        {inside(found.at), inside(found.at + 1), weight(1.0F - found.fraction), weight(found.fraction)});
  }
  return taps;
}

}  // namespace c3d
