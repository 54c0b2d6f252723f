#include "engine/train/best_threshold.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"

namespace c3d {
namespace {

struct Scored {
  double score = 0;
  bool shown = false;
};

// Below `upper` in any case, though the two may be neighbours among the doubles.
double between(double lower, double upper) {
  const double middle = std::midpoint(lower, upper);
  return middle < upper ? middle : lower;
}

}  // namespace

BestThreshold best_threshold(std::span<const double> scores, const std::vector<bool>& shown) {
  expect(scores.size() == shown.size(), "best threshold: {} scores for {} videos", scores.size(),
         shown.size());
  std::vector<Scored> videos;  // those that some threshold lets through
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > 0) videos.push_back({scores[i], shown[i]});
  }
  std::ranges::sort(videos, std::ranges::greater(), &Scored::score);
  const auto positives = static_cast<double>(std::ranges::count(shown, true));
  BestThreshold best;
  double hits = 0;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    hits += videos[i].shown ? 1 : 0;
    const double below = i + 1 < videos.size() ? videos[i + 1].score : 0;
    if (below == videos[i].score) continue;
    const double f1 = 2 * hits / (static_cast<double>(i + 1) + positives);
    if (f1 > best.f1) best = {between(below, videos[i].score), f1};
  }
  return best;
}

}  // namespace c3d
