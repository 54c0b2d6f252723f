#include "c3d/training/label_set_data.h"

#include <algorithm>

#include "data/label_sets.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

std::int64_t unlabelled(const Dataset& dataset) {
  return std::ranges::count_if(dataset.videos, [](const Video& video) { return video.label_set.empty(); });
}

}  // namespace

std::string class_numbers(const Dataset& dataset, const Video& video) {
  if (!dataset.has_label_sets) return fmt::format("{}", video.label);
  if (video.label_set.empty()) return std::string(kNoLabel);
  return fmt::format("{}", fmt::join(video.label_set, std::string(1, kLabelSeparator)));
}

void check_label_sets(const Dataset& train, std::vector<std::string>& notes) {
  const std::vector<std::int64_t> counts = videos_of_classes(train);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    expect(
        counts[i] > 0,
        "no training video shows the label '{}', so that nothing can be learnt of it: give videos that do, "
        "or take it out of the classes",
        train.labels[i]);
    if (counts[i] < std::ssize(train.videos)) continue;
    notes.push_back(fmt::format(
        "each training video shows {}: nothing tells the network when it is not there", train.labels[i]));
  }
}

std::string unlabelled_line(const Dataset& train, const Dataset& validation) {
  return fmt::format("none of them: {} + {}\n", unlabelled(train), unlabelled(validation));
}

}  // namespace c3d
