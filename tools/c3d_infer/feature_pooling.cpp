#include "tools/c3d_infer/feature_pooling.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::string_view kSegments = "segments:";
constexpr int kMostSegments = 1 << 16;

// As numpy.linspace computes it, so that halves fall alike.
std::int64_t boundary(std::int64_t rows, int segments, int i) {
  if (i == segments) return rows - 1;
  const double step = static_cast<double>(rows - 1) / segments;
  return std::llrint(i * step);
}

}  // namespace

Pooling parse_pooling(const std::string& text) {
  if (text == "none") return {};
  if (text == "mean") return {.kind = Pooling::Kind::mean};
  int segments = 0;
  const bool named = text.starts_with(kSegments);
  const char* const first = text.data() + (named ? kSegments.size() : 0);
  const char* const last = text.data() + text.size();
  const auto [end, status] = std::from_chars(first, last, segments);
  expect(named && status == std::errc() && end == last && segments >= 1 && segments <= kMostSegments,
         "pooling is '{}', but must be none, mean or segments:N, N from 1 to {}", text, kMostSegments);
  return {.kind = Pooling::Kind::segments, .segments = segments};
}

std::vector<RowRange> pooled_rows(const Pooling& pooling, std::int64_t rows) {
  std::vector<RowRange> ranges;
  switch (pooling.kind) {
    case Pooling::Kind::none:
      for (std::int64_t row = 0; row < rows; ++row) ranges.emplace_back(row, row + 1);
      break;
    case Pooling::Kind::mean:
      ranges.emplace_back(0, rows);
      break;
    case Pooling::Kind::segments:
      for (int i = 0; i < pooling.segments; ++i) {
        const std::int64_t first = boundary(rows, pooling.segments, i);
        const std::int64_t last = boundary(rows, pooling.segments, i + 1);
        ranges.emplace_back(first, std::max(last, first + 1));
      }
      break;
  }
  return ranges;
}

}  // namespace c3d
