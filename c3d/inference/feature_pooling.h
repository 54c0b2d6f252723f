// From a row of features for each clip of a video to the rows that are kept: all of them, their mean or their
// maximum in each column, or the means of segments.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

// Of halves. NumPy's and MATLAB's round() differ.
enum class Rounding : std::uint8_t { to_even, away_from_zero };

struct Pooling {
  enum class Kind : std::uint8_t { none, mean, max, segments };
  Kind kind = Kind::none;
  int segments = 0;
  Rounding rounding = Rounding::to_even;  // of the places where segments are cut
};

// "none", "mean", "max", "segments:32", "segments:32:matlab"
Pooling parse_pooling(const std::string& text);
std::string to_string(const Pooling& pooling);

using RowRange = std::pair<std::int64_t, std::int64_t>;  // rows first .. last - 1

// Whose mean each kept row is, of a video of `rows` >= 1. Segments are cut as in anomaly detection (Sultani
// et al. 2018): by its users' Python at round(linspace(0, rows - 1, segments + 1)), halves to even; by the
// original MATLAB (Save_C3DFeatures_32Segments.m) at round(linspace(1, rows, segments + 1)), halves upwards,
// less 1. A segment ends before the next one's first row, so the very last row counts only where one segment
// is that row; an empty segment is the row it starts at, so short videos give rows more than once.
std::vector<RowRange> pooled_rows(const Pooling& pooling, std::int64_t rows);

}  // namespace c3d
