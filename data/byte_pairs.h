// Two bytes of a row for each column of a new one: a resize by any factor reads these. The row is cut into
// windows of 16 bytes, each of which holds the bytes of up to eight columns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/pixel_loops/pixel_loops.h"

namespace c3d {

struct BytePair {
  int low = 0, high = 0;  // where in the row the two bytes stand
};

class BytePairs {
 public:
  static constexpr std::size_t kSlack = ByteWindow::kPairs - 1;

  // Rows have at least ByteWindow::kBytes; the bytes of a pair stand within so many of each other, and pairs
  // go up. The loops are borrowed.
  BytePairs(std::span<const BytePair> pairs, int row_bytes, const PixelLoops& loops);

  // row [row_bytes]; out [pairs + kSlack]: low + 256 high. The elements after the pairs have no meaning.
  void gather(const std::uint8_t* row, std::uint16_t* out) const { loops_->pick_bytes(row, windows_, out); }

 private:
  std::vector<ByteWindow> windows_;
  const PixelLoops* loops_;
};

}  // namespace c3d
