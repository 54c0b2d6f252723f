#include "data/byte_pairs.h"

#include <algorithm>

#include "engine/core/error.h"

namespace c3d {

BytePairs::BytePairs(std::span<const BytePair> pairs, int row_bytes, const PixelLoops& loops)
    : loops_(&loops) {
  expect(row_bytes >= ByteWindow::kBytes, "pairs of bytes: of rows of {}, which hold no window", row_bytes);
  for (std::size_t first = 0; first < pairs.size();) {
    ByteWindow window;
    window.to = static_cast<std::int32_t>(first);
    window.from = std::min({pairs[first].low, pairs[first].high, row_bytes - ByteWindow::kBytes});
    std::size_t count = 0;
    for (; count < ByteWindow::kPairs && first + count < pairs.size(); ++count) {
      const int low = pairs[first + count].low - window.from, high = pairs[first + count].high - window.from;
      if (std::max(low, high) >= ByteWindow::kBytes) break;
      expect(std::min(low, high) >= 0, "pairs of bytes: pair {} stands before those left of it",
             first + count);
      window.pick[2 * count] = static_cast<std::uint8_t>(low);
      window.pick[2 * count + 1] = static_cast<std::uint8_t>(high);
    }
    expect(count > 0, "pairs of bytes: pair {} is wider than a window", first);
    windows_.push_back(window);
    first += count;
  }
}

}  // namespace c3d
