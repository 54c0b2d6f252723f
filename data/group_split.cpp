// split_by_group(): whole groups go to one side. Groups are taken for validation in an order drawn from the
// seed, as long as that brings the classes of a group closer to their wanted number of groups on that side.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "data/dataset.h"
#include "data/video_groups.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::uint64_t kSplitKey = 0x73706c6974ull;  // "split": draws apart from other uses of the seed

constexpr std::int32_t kNoClass = -1;  // of videos whose label set is empty: they part as a class does

struct Group {
  std::set<std::int32_t> classes;
  std::vector<std::int32_t> deciding;  // those whose shares say on which side it is
  bool validates = false;
};

struct ClassGroups {
  std::int64_t total = 0, wanted = 0, validating = 0;
};

std::map<std::int32_t, ClassGroups> count_classes(const std::vector<Group>& groups, double share) {
  std::map<std::int32_t, ClassGroups> classes;
  for (const Group& group : groups) {
    for (const std::int32_t label : group.classes) ++classes[label].total;
  }
  for (auto& [label, counts] : classes) {
    if (counts.total < 2) continue;
    const auto rounded = static_cast<std::int64_t>(std::llround(share * static_cast<double>(counts.total)));
    counts.wanted = std::clamp<std::int64_t>(rounded, 1, counts.total - 1);
  }
  return classes;
}

// Frequent classes come with rare ones, and seldom the other way round: with label sets the rarest class of a
// group decides about it, and the groups of the rarest go first (Sechidis et al. 2011, iterative
// stratification).
void let_rarest_decide(std::vector<Group>& groups, std::vector<std::size_t>& order,
                       const std::map<std::int32_t, ClassGroups>& classes) {
  const auto total = [&](std::int32_t label) { return classes.at(label).total; };
  for (Group& group : groups) group.deciding = {*std::ranges::min_element(group.classes, {}, total)};
  std::ranges::stable_sort(order, {}, [&](std::size_t group) { return total(groups[group].deciding[0]); });
}

void choose(std::vector<Group>& groups, const std::vector<std::size_t>& order,
            std::map<std::int32_t, ClassGroups> classes) {
  const auto keeps_training = [&](const Group& group) {
    return std::all_of(group.classes.begin(), group.classes.end(), [&](std::int32_t label) {
      return classes[label].validating + 1 < classes[label].total;
    });
  };
  const auto take_if = [&](Group& group, auto&& helps) {
    if (group.validates || !keeps_training(group) || !helps(group)) return;
    group.validates = true;
    for (const std::int32_t label : group.classes) ++classes[label].validating;
  };
  const auto nears_shares = [&](const Group& group) {
    std::int64_t gain = 0;
    for (const std::int32_t label : group.deciding) {
      gain += classes[label].validating < classes[label].wanted ? 1 : -1;
    }
    return gain > 0;
  };
  const auto serves_empty_class = [&](const Group& group) {
    return std::any_of(group.classes.begin(), group.classes.end(),
                       [&](std::int32_t label) { return classes[label].validating == 0; });
  };
  for (const std::size_t i : order) take_if(groups[i], nears_shares);
  for (const std::size_t i : order) take_if(groups[i], serves_empty_class);
}

}  // namespace

Split split_by_group(const Dataset& dataset, double validation_share, const std::string& group_regex,
                     std::uint64_t seed) {
  expect(validation_share >= 0 && validation_share < 1,
         "the share of videos for validation must be at least 0 and below 1, not {}", validation_share);
  const std::vector<std::size_t> group_of = groups_of(dataset, group_regex);
  std::vector<Group> groups(group_of.empty() ? 0 : *std::max_element(group_of.begin(), group_of.end()) + 1);
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    const auto shown = classes_of(dataset, dataset.videos[i]);
    std::set<std::int32_t>& classes = groups[group_of[i]].classes;
    classes.insert(shown.begin(), shown.end());
    if (shown.empty()) classes.insert(kNoClass);
  }
  if (validation_share > 0) {
    const auto classes = count_classes(groups, validation_share);
    std::vector<std::size_t> order = shuffled(groups.size(), seed ^ kSplitKey);
    for (Group& group : groups) group.deciding.assign(group.classes.begin(), group.classes.end());
    if (dataset.has_label_sets) let_rarest_decide(groups, order, classes);
    choose(groups, order, classes);
  }

  Split split{{dataset.labels, {}, dataset.ignored_files}, {dataset.labels, {}, 0}};
  split.train.has_label_sets = split.validation.has_label_sets = dataset.has_label_sets;
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    Dataset& side = groups[group_of[i]].validates ? split.validation : split.train;
    side.videos.push_back(dataset.videos[i]);
  }
  expect(validation_share <= 0 || !split.validation.videos.empty(),
         "{} videos in {} groups cannot be split: no class has two groups that may part; give a "
         "validation set (--val) or another --group-regex",
         dataset.videos.size(), groups.size());
  return split;
}

}  // namespace c3d
