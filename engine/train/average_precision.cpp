#include "engine/train/average_precision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.h"

namespace c3d {

double average_precision(std::span<const double> scores, const std::vector<bool>& shown) {
  expect(scores.size() == shown.size(), "average precision: {} scores for {} videos", scores.size(),
         shown.size());
  const auto score = [&](std::size_t video) {
    return std::isnan(scores[video]) ? -std::numeric_limits<double>::infinity() : scores[video];
  };
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return score(a) > score(b); });
  double sum = 0, hits = 0, hits_above = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    hits += shown[order[i]] ? 1 : 0;
    if (i + 1 < order.size() && score(order[i + 1]) == score(order[i])) continue;
    sum += (hits - hits_above) * hits / static_cast<double>(i + 1);
    hits_above = hits;
  }
  return hits > 0 ? sum / hits : 0;
}

std::vector<double> average_precisions(std::span<const ScoredItem> items, std::size_t classes) {
  std::vector<double> precisions;
  std::vector<double> scores(items.size());
  std::vector<bool> shown(items.size());
  for (std::size_t c = 0; c < classes; ++c) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      scores[i] = items[i].probabilities.at(c);
      shown[i] = items[i].shows(c);
    }
    const bool any = std::ranges::find(shown, true) != shown.end();
    precisions.push_back(any ? average_precision(scores, shown) : -1);
  }
  return precisions;
}

double mean_average_precision(std::span<const double> of_classes) {
  double sum = 0, count = 0;
  for (const double precision : of_classes) {
    if (precision < 0) continue;
    sum += precision;
    count += 1;
  }
  return count == 0 ? 0 : sum / count;
}

}  // namespace c3d
