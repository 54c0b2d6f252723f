#include "c3d/match/estimate_judge.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace c3d {
namespace {

void add(std::span<const float> row, bool takes_maximum, std::vector<float>& pooled) {
  if (takes_maximum) {
    for (std::size_t i = 0; i < pooled.size(); ++i) pooled[i] = std::max(pooled[i], row[i]);
  } else {
    for (std::size_t i = 0; i < pooled.size(); ++i) pooled[i] += row[i];
  }
}

}  // namespace

EstimateJudge::EstimateJudge(const MatchAxes& axes, const PublishedFeatures& published,
                             const std::vector<std::int64_t>& rows, const std::vector<std::size_t>& columns,
                             bool sees_lengths)
    : axes_(axes), columns_(columns.size()), sees_lengths_(sees_lengths) {
  for (const std::int64_t row : rows) {
    const auto first = static_cast<std::size_t>(row * published.crops * published.size);
    for (const std::size_t column : columns) published_.push_back(published.values[first + column]);
  }
}

double EstimateJudge::error(const Placing& placing, const std::vector<EstimatedRow>& rows,
                            const std::vector<EstimatedRow>& scaled) const {
  double least = std::numeric_limits<double>::max();
  const bool is_pool = axes_.pooling(placing.choice).kind != Pooling::Kind::none;
  for (std::size_t layer = 0; layer < rows[0].size() / columns_; ++layer) {
    least = std::min(least, error_of(placing, rows, layer, sees_lengths_));
    // Scaled by the columns that are compared, not by the whole row, these have other lengths.
    if (is_pool) least = std::min(least, error_of(placing, scaled, layer, false));
  }
  return least;
}

double EstimateJudge::error_of(const Placing& placing, const std::vector<EstimatedRow>& rows,
                               std::size_t layer, bool sees_lengths) const {
  const bool takes_maximum = axes_.pooling(placing.choice).kind == Pooling::Kind::max;
  const std::size_t first = layer * columns_;
  double cosines = 0, apart = 0, total = 0;
  std::vector<float> pooled(columns_);
  for (std::size_t row = 0; row < placing.clips.size(); ++row) {
    std::ranges::fill(pooled, takes_maximum ? std::numeric_limits<float>::lowest() : 0.0f);
    for (const std::size_t clip : placing.clips[row])
      add(std::span(rows[clip]).subspan(first), takes_maximum, pooled);
    const float share = takes_maximum ? 1 : 1 / static_cast<float>(placing.clips[row].size());
    for (float& value : pooled) value *= share;
    const float* const theirs = &published_[row * columns_];
    double dot = 0, a = 0, b = 0;
    for (std::size_t i = 0; i < columns_; ++i) {
      const auto x = static_cast<double>(pooled[i]), y = static_cast<double>(theirs[i]);
      dot += x * y;
      a += x * x;
      b += y * y;
    }
    cosines += a == 0 || b == 0 ? (a == b ? 1 : 0) : dot / std::sqrt(a * b);
    apart += a + b - 2 * dot;
    total += b;
  }
  return match_error(cosines / static_cast<double>(placing.clips.size()),
                     sees_lengths && total > 0 ? apart / total : 0);
}

}  // namespace c3d
