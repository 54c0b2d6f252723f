// What happens to rows of features between the network and a file: the mean over crops, length 1, pooling.
// Rows are [crops, size]; sums are taken in double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "c3d/inference/feature_pooling.h"

namespace c3d {

// Each crop by itself; one of zeros stays as it is.
void scale_to_length_1(std::span<float> row, std::size_t size);

struct ClipRowRule {
  bool averages_crops = false;
  bool l2 = false;  // after that, each crop by itself
};
// Of one clip, before pooling.
std::vector<float> clip_row(std::span<const float> row, std::size_t size, const ClipRowRule& rule);

// The mean of the rows that are added, or their maximum in each column; at least one.
class PooledRow {
 public:
  explicit PooledRow(Pooling::Kind kind) : takes_maximum_(kind == Pooling::Kind::max) {}
  void add(std::span<const float> row);
  std::vector<float> values() const;

 private:
  bool takes_maximum_;
  std::int64_t rows_ = 0;
  std::vector<double> sums_;  // or maxima
};

}  // namespace c3d
