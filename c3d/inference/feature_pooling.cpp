#include "c3d/inference/feature_pooling.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "engine/core/argument.h"

namespace c3d {
namespace {

constexpr std::string_view kSegments = "segments:", kMatlab = ":matlab";
constexpr int kMostSegments = 1 << 16;

// As numpy.linspace and MATLAB's compute it, so that halves fall alike.
std::int64_t boundary(std::int64_t rows, const Pooling& pooling, int i) {
  if (i == pooling.segments) return rows - 1;
  if (pooling.rounding == Rounding::to_even) {
    const double step = static_cast<double>(rows - 1) / pooling.segments;
    return std::llrint(i * step);
  }
  const double place = 1 + i * static_cast<double>(rows - 1) / pooling.segments;
  return std::llround(place) - 1;
}

}  // namespace

Pooling parse_pooling(const std::string& text) {
  if (text == "none") return {};
  if (text == "mean") return {.kind = Pooling::Kind::mean};
  if (text == "max") return {.kind = Pooling::Kind::max};
  std::string_view number = text;
  const bool named = number.starts_with(kSegments), matlab = number.ends_with(kMatlab);
  if (named) number.remove_prefix(kSegments.size());
  if (named && matlab) number.remove_suffix(kMatlab.size());
  int segments = 0;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), segments);
  expect_argument(
      named && status == std::errc() && end == number.data() + number.size() && segments >= 1 &&
          segments <= kMostSegments,
      "pooling is '{}', but must be none, mean, max, segments:N or segments:N:matlab, N from 1 to {}", text,
      kMostSegments);
  return {.kind = Pooling::Kind::segments,
          .segments = segments,
          .rounding = matlab ? Rounding::away_from_zero : Rounding::to_even};
}

std::string to_string(const Pooling& pooling) {
  switch (pooling.kind) {
    case Pooling::Kind::none:
      break;
    case Pooling::Kind::mean:
      return "mean";
    case Pooling::Kind::max:
      return "max";
    case Pooling::Kind::segments:
      return fmt::format("{}{}{}", kSegments, pooling.segments,
                         pooling.rounding == Rounding::to_even ? std::string_view() : kMatlab);
  }
  return "none";
}

std::vector<RowRange> pooled_rows(const Pooling& pooling, std::int64_t rows) {
  std::vector<RowRange> ranges;
  switch (pooling.kind) {
    case Pooling::Kind::none:
      for (std::int64_t row = 0; row < rows; ++row) ranges.emplace_back(row, row + 1);
      break;
    case Pooling::Kind::mean:
    case Pooling::Kind::max:
      ranges.emplace_back(0, rows);
      break;
    case Pooling::Kind::segments:
      for (int i = 0; i < pooling.segments; ++i) {
        const std::int64_t first = boundary(rows, pooling, i);
        const std::int64_t last = boundary(rows, pooling, i + 1);
        ranges.emplace_back(first, std::max(last, first + 1));
      }
      break;
  }
  return ranges;
}

}  // namespace c3d
