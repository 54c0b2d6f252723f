#include "c3d/check/label_suspects.h"

#include <algorithm>

namespace c3d {
namespace {

constexpr double kConfident = 0.5;
constexpr double kFarBehind = 0.3;

bool bears(const NetworkOpinion& video, std::size_t label) {
  return std::ranges::binary_search(video.labels, static_cast<std::int32_t>(label));
}

// Mean probability of each class on the videos that bear it, or on those that do not; 1 or 0 where there are
// none, over or below all.
std::vector<double> means(std::span<const NetworkOpinion> videos, std::size_t classes, bool bearing) {
  std::vector<double> sums(classes, 0), counts(classes, 0);
  for (const NetworkOpinion& video : videos) {
    for (std::size_t k = 0; k < classes; ++k) {
      if (bears(video, k) != bearing) continue;
      sums[k] += video.probabilities[k];
      counts[k] += 1;
    }
  }
  for (std::size_t k = 0; k < classes; ++k) sums[k] = counts[k] > 0 ? sums[k] / counts[k] : bearing ? 1 : 0;
  return sums;
}

}  // namespace

std::vector<LabelSuspect> label_suspects(std::span<const NetworkOpinion> videos, std::size_t classes) {
  const std::vector<double> bars = means(videos, classes, true);
  std::vector<LabelSuspect> suspects;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const std::vector<double>& p = videos[i].probabilities;
    const auto own = static_cast<std::size_t>(videos[i].labels.at(0));
    if (p[own] < 0 || p[own] >= bars[own]) continue;
    LabelSuspect suspect{.video = i, .label = static_cast<std::int32_t>(own)};
    for (std::size_t k = 0; k < classes; ++k) {
      const double doubt = p[k] - p[own];
      if (k == own || p[k] < std::max(bars[k], kConfident) || doubt < std::max(kFarBehind, suspect.doubt)) {
        continue;
      }
      suspect.seen = static_cast<std::int32_t>(k);
      suspect.doubt = doubt;
    }
    if (suspect.seen >= 0) suspects.push_back(suspect);
  }
  return suspects;
}

std::vector<LabelSuspect> label_set_suspects(std::span<const NetworkOpinion> videos,
                                             std::span<const double> thresholds) {
  const std::size_t classes = thresholds.size();
  const std::vector<double> with = means(videos, classes, true), without = means(videos, classes, false);
  std::vector<LabelSuspect> suspects;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    LabelSuspect suspect{.video = i};
    for (std::size_t k = 0; k < classes; ++k) {
      const double p = videos[i].probabilities[k];
      if (p < 0) continue;
      const bool is_there = bears(videos[i], k);
      const double high = std::max({with[k], thresholds[k], kConfident});
      const double low = std::min({without[k], thresholds[k], kConfident});
      const double doubt = is_there ? 1 - p : p;
      if ((is_there ? p > low : p < high) || doubt <= suspect.doubt) continue;
      suspect.label = is_there ? static_cast<std::int32_t>(k) : -1;
      suspect.seen = is_there ? -1 : static_cast<std::int32_t>(k);
      suspect.doubt = doubt;
    }
    if (suspect.doubt > 0) suspects.push_back(suspect);
  }
  return suspects;
}

}  // namespace c3d
