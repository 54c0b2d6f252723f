#include "data/group_folds.h"

#include <algorithm>
#include <map>

#include "data/video_groups.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::uint64_t kFoldsKey = 0x666f6c6473ull;  // "folds": draws apart from other uses of the seed

struct FoldedGroup {
  std::int64_t videos = 0;
  std::map<std::int32_t, std::int64_t> classes;  // videos of each
  std::int32_t fold = -1;
};

struct FoldSoFar {
  std::int64_t videos = 0;
  std::vector<std::int64_t> classes;  // videos of each
};

// What a video of a class counts, whole numbers so that every machine finds the same: a class's squared
// shares sum up to 2^40 at most.
std::vector<std::int64_t> class_weights(const Dataset& dataset) {
  std::vector<std::int64_t> counts = videos_of_classes(dataset);
  for (std::int64_t& count : counts) {
    if (count > 0) count = std::max<std::int64_t>((std::int64_t{1} << 40) / (count * count), 1);
  }
  return counts;
}

// By how much the sum of squared shares grows with the group, but for what is the same in every fold.
std::int64_t cost(const FoldedGroup& group, const FoldSoFar& fold, const std::vector<std::int64_t>& weights) {
  std::int64_t sum = 0;
  for (const auto& [label, videos] : group.classes) {
    const auto at = static_cast<std::size_t>(label);
    sum += fold.classes[at] * videos * weights[at];
  }
  return sum;
}

}  // namespace

std::vector<std::int32_t> folds_by_group(const Dataset& dataset, std::int64_t folds,
                                         const std::string& group_regex, std::uint64_t seed) {
  expect(folds >= 2, "a cross-validation has 2 folds or more, not {}", folds);
  const std::vector<std::size_t> group_of = groups_of(dataset, group_regex);
  std::vector<FoldedGroup> groups(group_of.empty() ? 0 : *std::ranges::max_element(group_of) + 1);
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    ++groups[group_of[i]].videos;
    for (const std::int32_t label : classes_of(dataset, dataset.videos[i]))
      ++groups[group_of[i]].classes[label];
  }
  expect(folds <= static_cast<std::int64_t>(groups.size()),
         "{} videos in {} groups cannot be split into {} folds: take at most {}, or say with --group-regex "
         "what a group is",
         dataset.videos.size(), groups.size(), folds, groups.size());

  std::vector<std::size_t> order = shuffled(groups.size(), seed ^ kFoldsKey);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t group) { return groups[group].videos; });
  const std::vector<std::int64_t> weights = class_weights(dataset);
  std::vector<FoldSoFar> parts(static_cast<std::size_t>(folds),
                               FoldSoFar{0, std::vector<std::int64_t>(dataset.labels.size(), 0)});
  for (const std::size_t number : order) {
    FoldedGroup& group = groups[number];
    // An empty fold costs nothing and has the fewest videos: it is never passed over.
    const auto best = std::ranges::min_element(
        parts, {}, [&](const FoldSoFar& fold) { return std::pair(cost(group, fold, weights), fold.videos); });
    group.fold = static_cast<std::int32_t>(best - parts.begin());
    best->videos += group.videos;
    for (const auto& [label, videos] : group.classes)
      best->classes[static_cast<std::size_t>(label)] += videos;
  }
  std::vector<std::int32_t> fold_of;
  fold_of.reserve(group_of.size());
  for (const std::size_t group : group_of) fold_of.push_back(groups[group].fold);
  return fold_of;
}

}  // namespace c3d
