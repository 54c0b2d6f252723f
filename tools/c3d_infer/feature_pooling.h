// From a row of features for each clip of a video to the rows that are kept: all of them, their mean, or the
// means of segments.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

struct Pooling {
  enum class Kind : std::uint8_t { none, mean, segments };
  Kind kind = Kind::none;
  int segments = 0;
};

// "none", "mean", "segments:32"
Pooling parse_pooling(const std::string& text);

using RowRange = std::pair<std::int64_t, std::int64_t>;  // rows first .. last - 1

// Whose mean each kept row is, of a video of `rows` >= 1. Segments are cut as in anomaly detection (Sultani
// et al. 2018, in the Python of its users): at round(linspace(0, rows - 1, segments + 1)), halves to even. A
// segment ends before the next one's first row, so the very last row counts only where one segment is that
// row; an empty segment is the row it starts at, so short videos give rows more than once.
std::vector<RowRange> pooled_rows(const Pooling& pooling, std::int64_t rows);

}  // namespace c3d
