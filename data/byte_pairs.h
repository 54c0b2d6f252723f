// Two bytes of a row for each column of a new one: what a resize by any factor reads. The row is cut into
// windows of 16 bytes, each of which holds the bytes of up to eight columns, so that a processor that can
// shuffle bytes takes one load, one shuffle and one store for them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace c3d {

struct BytePair {
  int low = 0, high = 0;  // where in the row the two bytes stand
};

struct ByteWindow {
  static constexpr int kBytes = 16, kPairs = kBytes / 2;
  std::int32_t from = 0, to = 0;            // its first byte in the row, its first pair of the result
  std::array<std::uint8_t, kBytes> pick{};  // low and high of each pair; zeros after the last
};

using PickBytes = void (*)(const std::uint8_t* row, std::span<const ByteWindow> windows, std::uint16_t* out);
void pick_bytes_plainly(const std::uint8_t* row, std::span<const ByteWindow> windows, std::uint16_t* out);
PickBytes fastest_pick_bytes();  // on this processor

class BytePairs {
 public:
  static constexpr std::size_t kSlack = ByteWindow::kPairs - 1;

  // Rows of at least ByteWindow::kBytes; the bytes of a pair stand within so many of each other, and pairs go
  // up.
  BytePairs(std::span<const BytePair> pairs, int row_bytes, PickBytes pick = fastest_pick_bytes());

  // row [row_bytes]; out [pairs + kSlack]: low + 256 high, what comes after the pairs is of no use.
  void gather(const std::uint8_t* row, std::uint16_t* out) const { pick_(row, windows_, out); }

 private:
  std::vector<ByteWindow> windows_;
  PickBytes pick_;
};

}  // namespace c3d
