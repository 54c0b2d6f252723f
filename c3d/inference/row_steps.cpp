#include "c3d/inference/row_steps.h"

#include <algorithm>
#include <cmath>

namespace c3d {

void scale_to_length_1(std::span<float> row, std::size_t size) {
  for (std::size_t crop = 0; crop < row.size(); crop += size) {
    const std::span<float> one = row.subspan(crop, size);
    double sum = 0;
    for (const float value : one) sum += static_cast<double>(value) * static_cast<double>(value);
    if (sum == 0) continue;
    const double factor = 1 / std::sqrt(sum);
    for (float& value : one) value = static_cast<float>(static_cast<double>(value) * factor);
  }
}

std::vector<float> clip_row(std::span<const float> row, std::size_t size, const ClipRowRule& rule) {
  std::vector<float> kept(row.begin(), row.end());
  if (rule.averages_crops) {
    PooledRow mean(Pooling::Kind::mean);
    for (std::size_t crop = 0; crop < row.size(); crop += size) mean.add(row.subspan(crop, size));
    kept = mean.values();
  }
  if (rule.l2) scale_to_length_1(kept, size);
  return kept;
}

void PooledRow::add(std::span<const float> row) {
  if (rows_++ == 0) {
    sums_.assign(row.begin(), row.end());
    return;
  }
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const auto value = static_cast<double>(row[i]);
    sums_[i] = takes_maximum_ ? std::max(sums_[i], value) : sums_[i] + value;
  }
}

std::vector<float> PooledRow::values() const {
  const double divisor = takes_maximum_ ? 1 : static_cast<double>(rows_);
  std::vector<float> values(sums_.size());
  std::ranges::transform(sums_, values.begin(),
                         [&](double sum) { return static_cast<float>(sum / divisor); });
  return values;
}

}  // namespace c3d
