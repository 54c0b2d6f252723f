#include "c3d/training/data_warnings.h"

#include <algorithm>
#include <functional>

#include "c3d/training/label_set_data.h"
#include "data/near_duplicates.h"
#include "data/video_groups.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::size_t kFew = 3;
constexpr double kImbalance = 5;

const char* plural(std::size_t count, const char* one, const char* several) {
  return count == 1 ? one : several;
}

std::vector<std::string> names_of(const std::vector<std::size_t>& classes, const Dataset& dataset) {
  std::vector<std::string> names;
  names.reserve(classes.size());
  for (const std::size_t one : classes) names.push_back(printable(dataset.labels[one]));
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

GroupShortage group_shortage(const Dataset& dataset, const std::string& group_regex, std::int64_t folds) {
  const std::vector<std::int64_t> groups = groups_per_class(dataset, group_regex);
  GroupShortage shortage;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] == 1) shortage.lonely.push_back(i);
    if (groups[i] >= 2 && groups[i] < folds) shortage.few.push_back(i);
  }
  return shortage;
}

std::string regex_note(const Dataset& dataset, const std::string& group_regex) {
  if (group_regex.empty()) return "";
  const std::vector<const Video*> outside = videos_outside(dataset, group_regex);
  if (outside.empty()) return "";
  const std::string example = printable(outside.front()->path.filename().native());
  return fmt::format("the group regex '{}' matches {} of {} names; {}, for example {}",
                     printable(group_regex), dataset.videos.size() - outside.size(), dataset.videos.size(),
                     outside.size() == dataset.videos.size() ? "each video is a group by itself"
                                                             : "each other video is a group by itself",
                     example);
}

std::vector<std::string> group_notes(const Dataset& dataset, const std::string& group_regex,
                                     std::int64_t folds) {
  const GroupShortage shortage = group_shortage(dataset, group_regex, folds);
  const std::vector<std::string> lonely = names_of(shortage.lonely, dataset);
  std::vector<std::string> notes;
  if (!lonely.empty()) {
    notes.push_back(
        fmt::format("{} only one group of videos, which is never split, so that {}: {}. Add videos of other "
                    "groups, or say "
                    "with --group-regex what a group is",
                    plural(lonely.size(), "a class has", "classes have"),
                    folds > 0 ? "none trains where it validates" : "none validates", a_few(lonely)));
  }
  const std::vector<std::string> few = names_of(shortage.few, dataset);
  if (!few.empty()) {
    notes.push_back(
        fmt::format("{} fewer groups of videos than the {} folds, so that in some folds none validates: {}. "
                    "Take fewer folds, or add videos of other groups",
                    plural(few.size(), "a class has", "classes have"), folds, a_few(few)));
  }
  return notes;
}

std::vector<Copy> copies_across(const Dataset& train, const Dataset& validation,
                                const std::optional<Folds>& folds, const Signatures& signatures) {
  Searched all;
  add(train, signatures, all, [&](std::size_t i) { return folds ? folds->of_train[i] : 0; });
  add(validation, signatures, all, [&](std::size_t i) { return folds ? folds->of_validation[i] : 1; });
  std::vector<Copy> copies;
  for (const NearDuplicate& pair : near_duplicates(all.videos)) {
    const Copy copy{all.places[pair.earlier], all.places[pair.later], pair.likeness};
    if (copy.later->path != copy.earlier->path) copies.push_back(copy);  // else it is said elsewhere
  }
  return copies;
}

std::string duplicate_note(const Dataset& train, const Dataset& validation, const std::optional<Folds>& folds,
                           const Signatures& signatures) {
  std::vector<std::string> pairs;
  for (const Copy& copy : copies_across(train, validation, folds, signatures)) {
    pairs.push_back(fmt::format("{} is much like {}", printable(copy.later->path.native()),
                                printable(copy.earlier->path.native())));
  }
  if (pairs.empty()) return "";
  return fmt::format(
      "{} {} to be on both sides of the split, maybe in another size or encoding: {}. Validation then looks "
      "better than it is: look at them, and remove one of each or give both one group (--group-regex)",
      pairs.size(), plural(pairs.size(), "video seems", "videos seem"), a_few(pairs));
}

std::vector<const Video*> short_videos(const Dataset& dataset, const ClipSpec& spec) {
  std::vector<const Video*> shorter;
  for (const Video& video : dataset.videos) {
    if (video.frames < spec.span()) shorter.push_back(&video);
  }
  return shorter;
}

const char* fate_of_short(ShortClips rule) {
  switch (rule) {
    case ShortClips::skip:
      return "skipped";
    case ShortClips::repeat:
      return "filled with the last frame";
    case ShortClips::loop:
      break;
  }
  return "looped";
}

std::string span_reason(const ClipSpec& spec) {
  if (spec.frame_stride == 1) return "";
  return fmt::format(" ({} frames at a stride of {})", spec.clip_frames, spec.frame_stride);
}

std::string short_video_note(const Dataset& dataset, const ClipSpec& spec) {
  std::vector<std::string> shorter;
  for (const Video* video : short_videos(dataset, spec)) {
    shorter.push_back(fmt::format("{}, {} frames", printable(video->path.native()), video->frames));
  }
  if (shorter.empty()) return "";
  return fmt::format(
      "{} {} less than the {} frames a clip spans{} and {} {}: {}. Set short_clips to treat {} "
      "otherwise, or clip_frames and frame_stride to shorten clips",
      shorter.size(), plural(shorter.size(), "video has", "videos have"), spec.span(), span_reason(spec),
      plural(shorter.size(), "is", "are"), fate_of_short(spec.short_clips), a_few(shorter),
      plural(shorter.size(), "it", "them"));
}

ClassSizes class_sizes(const Dataset& train) {
  const std::vector<std::int64_t> counts = videos_of_classes(train);
  ClassSizes sizes;
  if (counts.empty()) return sizes;
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  sizes.smallest = static_cast<std::size_t>(least - counts.begin());
  sizes.largest = static_cast<std::size_t>(most - counts.begin());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) sizes.empty.push_back(i);
  }
  sizes.unequal = static_cast<double>(*most) > kImbalance * static_cast<double>(*least);
  return sizes;
}

void note_classes(const Dataset& train, std::vector<std::string>& notes) {
  if (train.has_label_sets) return check_label_sets(train, notes);
  const ClassSizes sizes = class_sizes(train);
  const std::vector<std::int64_t> counts = videos_of_classes(train);
  if (!sizes.empty.empty()) {
    notes.push_back(
        fmt::format("{} no training video and will never be predicted: {}. Add videos, or take {}",
                    plural(sizes.empty.size(), "a class has", "classes have"),
                    a_few(names_of(sizes.empty, train)), plural(sizes.empty.size(), "it out", "them out")));
  } else if (sizes.unequal) {
    notes.push_back(
        fmt::format("the classes are out of balance: {} has {} training videos, {} has {}; accuracy alone "
                    "will flatter the "
                    "large ones, look at the table of classes; the settings balance and class_weights even "
                    "out their training",
                    train.labels[sizes.largest], counts[sizes.largest], train.labels[sizes.smallest],
                    counts[sizes.smallest]));
  }
}

}  // namespace c3d
