#include "c3d/inference/label_selection.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/train/video_score.h"

namespace c3d {

LabelSelection select_labels(std::span<const double> probabilities, std::span<const double> thresholds,
                             std::size_t top) {
  if (thresholds.empty()) {
    LabelSelection selection{top_k(probabilities, top), 0};
    selection.shown = std::min<std::size_t>(selection.labels.size(), 1);
    return selection;
  }
  expect(thresholds.size() == probabilities.size(), "{} thresholds for {} labels", thresholds.size(),
         probabilities.size());
  LabelSelection selection{top_k(probabilities, probabilities.size()), 0};
  const auto others = std::ranges::stable_partition(selection.labels, [&](const auto& label) {
    return label.second > thresholds[static_cast<std::size_t>(label.first)];
  });
  selection.shown = selection.labels.size() - others.size();
  selection.labels.resize(std::max(selection.shown, std::min(top, selection.labels.size())));
  return selection;
}

std::string unknown_label(const std::string& name, const std::vector<std::string>& labels) {
  if (name.empty() || std::ranges::find(labels, name) != labels.end()) return {};
  return fmt::format("these weights have no label '{}'; the nearest of their {} is '{}'", name, labels.size(),
                     nearest(name, labels));
}

}  // namespace c3d
