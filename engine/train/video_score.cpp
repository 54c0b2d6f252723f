#include "engine/train/video_score.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"

namespace c3d {

void VideoScore::add(std::span<const float> clip_probabilities) {
  expect(clip_probabilities.size() == sum_.size(), "video score: {} probabilities for {} classes",
         clip_probabilities.size(), sum_.size());
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += static_cast<double>(clip_probabilities[i]);
  ++clips_;
}

std::vector<double> VideoScore::probabilities() const {
  if (clips_ == 0) return {};
  std::vector<double> mean(sum_);
  for (double& value : mean) value /= static_cast<double>(clips_);
  return mean;
}

std::vector<std::pair<int, double>> top_k(std::span<const double> probabilities, std::size_t k) {
  std::vector<int> order(probabilities.size());
  std::iota(order.begin(), order.end(), 0);
  const auto at = [&](int index) { return probabilities[static_cast<std::size_t>(index)]; };
  // NaN last: a sort needs an order.
  const auto rank = [&](int index) { return std::isnan(at(index)) ? -1.0 : at(index); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return rank(a) > rank(b); });
  std::vector<std::pair<int, double>> best;
  for (std::size_t i = 0; i < std::min(k, order.size()); ++i) best.emplace_back(order[i], at(order[i]));
  return best;
}

}  // namespace c3d
