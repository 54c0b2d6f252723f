#include "c3d/training/data_warnings.h"

#include <algorithm>
#include <functional>

#include "data/near_duplicates.h"
#include "data/video_groups.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::size_t kFew = 3;

const char* plural(std::size_t count, const char* one, const char* several) {
  return count == 1 ? one : several;
}

// The names of classes with `least` to `most` groups.
std::vector<std::string> classes_with(const Dataset& dataset, const std::vector<std::int64_t>& groups,
                                      std::int64_t least, std::int64_t most) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] >= least && groups[i] <= most) names.push_back(printable(dataset.labels[i]));
  }
  return names;
}

// The videos that are to be searched, each with its side, and where they are.
struct Searched {
  std::vector<SidedVideo> videos;
  std::vector<const Video*> places;
};

void add(const Dataset& dataset, const Signatures& signatures, Searched& all,
         const std::function<std::int32_t(std::size_t)>& side_of) {
  for (std::size_t i = 0; i < dataset.videos.size(); ++i) {
    const auto found = signatures.find(dataset.videos[i].path);
    if (found == signatures.end()) continue;
    all.videos.push_back({found->second, side_of(i)});
    all.places.push_back(&dataset.videos[i]);
  }
}

}  // namespace

std::string a_few(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kFew);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::vector<std::string> group_notes(const Dataset& dataset, const std::string& group_regex,
                                     std::int64_t folds) {
  const std::vector<std::int64_t> groups = groups_per_class(dataset, group_regex);
  const std::vector<std::string> lonely = classes_with(dataset, groups, 1, 1);
  std::vector<std::string> notes;
  if (!lonely.empty()) {
    notes.push_back(
        fmt::format("{} only one group of videos, which is never split, so that {}: {}. Add videos of other "
                    "groups, or say "
                    "with --group-regex what a group is",
                    plural(lonely.size(), "a class has", "classes have"),
                    folds > 0 ? "none trains where it validates" : "none validates", a_few(lonely)));
  }
  const std::vector<std::string> few = classes_with(dataset, groups, 2, folds - 1);
  if (!few.empty()) {
    notes.push_back(
        fmt::format("{} fewer groups of videos than the {} folds, so that in some folds none validates: {}. "
                    "Take fewer folds, or add videos of other groups",
                    plural(few.size(), "a class has", "classes have"), folds, a_few(few)));
  }
  return notes;
}

std::string duplicate_note(const Dataset& train, const Dataset& validation, const std::optional<Folds>& folds,
                           const Signatures& signatures) {
  Searched all;
  add(train, signatures, all, [&](std::size_t i) { return folds ? folds->of_train[i] : 0; });
  add(validation, signatures, all, [&](std::size_t i) { return folds ? folds->of_validation[i] : 1; });
  std::vector<std::string> pairs;
  for (const NearDuplicate& pair : near_duplicates(all.videos)) {
    if (all.places[pair.later]->path == all.places[pair.earlier]->path) continue;  // which is said elsewhere
    pairs.push_back(fmt::format("{} is much like {}", printable(all.places[pair.later]->path.native()),
                                printable(all.places[pair.earlier]->path.native())));
  }
  if (pairs.empty()) return "";
  return fmt::format(
      "{} {} to be on both sides of the split, maybe in another size or encoding: {}. Validation then looks "
      "better than it is: look at them, and remove one of each or give both one group (--group-regex)",
      pairs.size(), plural(pairs.size(), "video seems", "videos seem"), a_few(pairs));
}

}  // namespace c3d
