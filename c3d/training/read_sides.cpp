#include "c3d/training/read_sides.h"

#include <algorithm>

#include "c3d/training/data_fingerprint.h"
#include "c3d/training/data_inspection.h"
#include "data/splits.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

// Whether some class has two videos, of which one could validate.
bool can_part(const Dataset& dataset) {
  std::vector<bool> has_one(dataset.labels.size(), false);
  return std::ranges::any_of(dataset.videos, [&](const Video& video) {
    bool had_one = false;
    for (const std::int32_t label : classes_of(dataset, video)) {
      had_one = had_one || has_one[static_cast<std::size_t>(label)];
      has_one[static_cast<std::size_t>(label)] = true;
    }
    return had_one;
  });
}

// Validation by the training videos themselves shows what was learned by heart. Where there are no others it
// still says whether anything was.
void note_the_same(const Sides& sides, PreparedData& data) {
  expect(!can_part(data.train),
         "{}: the validation videos (--val) are the training videos themselves: give others, or leave --val "
         "out to keep back a part of them",
         sides.validation);
  data.notes.emplace_back(
      "the training videos themselves validate: each class has one video. What is measured says nothing of "
      "new videos");
}

// One video on both sides makes validation look better than it is.
void expect_apart(const Sides& sides, const Dataset& train, const Dataset& validation) {
  const auto shared = shared_videos(train, validation);
  if (shared.empty()) return;
  fail(
      "{} of the {} videos in {} are training videos too, for example {}, which is {}: take them out of one "
      "side",
      shared.size(), validation.videos.size(), sides.validation, shared[0].second, shared[0].first);
}

std::string shared_note(const PreparedData& data) {
  const auto shared = shared_videos(data.train, data.validation);
  if (shared.empty()) return "";
  return fmt::format(
      "{} videos are kept back for validation and train under another name, for example {}, which is {}: "
      "validation looks better than it is",
      shared.size(), printable(shared[0].second.native()), printable(shared[0].first.native()));
}

void expect_no_validation(const Sides& sides) {
  expect(
      sides.validation.empty(),
      "{}: these videos validate, while folds do so with parts of the training videos: leave the folds out, "
      "or give {} alone as --data",
      sides.validation, sides.train);
}

// All folds together, in an order that is the same for each of them.
std::string fingerprint_of_all(const PreparedData& data) {
  Dataset all = data.train;
  all.videos.insert(all.videos.end(), data.validation.videos.begin(), data.validation.videos.end());
  std::ranges::sort(all.videos, {}, &Video::path);
  Fingerprint fingerprint;
  add(fingerprint, all);
  return fingerprint.text();
}

// Parts what is read into the two sides, where no videos are given for validation.
void split_sides(const TrainSettings& settings, const std::optional<FoldChoice>& fold, PreparedData& data,
                 DataInspection* inspection) {
  const std::string regex = group_regex_of(settings);
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  if (std::string note = regex_note(data.train, settings.group_regex); !note.empty()) {
    if (inspection != nullptr) inspection->reading_notes.push_back(note);
    data.notes.push_back(std::move(note));
  }
  for (std::string& note : group_notes(data.train, regex, fold ? fold->folds : 0)) {
    data.notes.push_back(std::move(note));
  }
  if (fold) {
    data.folds = split_fold(*fold, regex, seed, data.train, data.validation);
    data.folds->fingerprint = fingerprint_of_all(data);
  } else {
    Split split = split_by_group(data.train, settings.validation_share, regex, seed);
    const std::int64_t ignored = data.train.ignored_files;
    data.train = std::move(split.train);
    data.train.ignored_files = ignored;
    data.validation = std::move(split.validation);
  }
  if (std::string note = shared_note(data); !note.empty()) data.notes.push_back(std::move(note));
}

void expect_several_classes(const Sides& sides, const Dataset& train) {
  if (train.labels.size() >= 2 || train.has_label_sets) return;
  Lines notes;
  for (const std::string& note : train.notes) notes.text += "\n  " + note;
  fail("{}: it holds one class; there is nothing to tell apart{}", sides.train, notes);
}

}  // namespace

std::string group_regex_of(const TrainSettings& settings) {
  return settings.group_regex.empty() ? kDefaultGroupRegex : settings.group_regex;
}

void read_sides(const TrainSettings& settings, PreparedData& data, DataInspection* inspection,
                const std::function<void(Dataset&)>& index) {
  ListOptions options;
  if (!settings.root.empty()) options.root = settings.root;
  if (!settings.classes.empty()) options.classes = settings.classes;
  options.label_sets = settings.label_sets;
  const Sides sides = find_sides(settings.data, settings.val);
  const std::optional<FoldChoice> fold = fold_of(settings);
  if (fold) judge(inspection, [&] { expect_no_validation(sides); });
  data.train = read_dataset(sides.train, options, {}, sides.left_out);
  judge(inspection, [&] { expect_several_classes(sides, data.train); });
  if (sides.are_the_same) judge(inspection, [&] { note_the_same(sides, data); });
  data.validation.labels = data.train.labels;
  data.validation.has_label_sets = settings.label_sets;
  if (!sides.validation.empty()) {
    judge(inspection, [&] { data.validation = read_dataset(sides.validation, options, data.train.labels); });
    if (!sides.are_the_same) judge(inspection, [&] { expect_apart(sides, data.train, data.validation); });
  }
  for (const auto& notes : {sides.notes, data.train.notes, data.validation.notes}) {
    data.passed_over.insert(data.passed_over.end(), notes.begin(), notes.end());
  }
  data.notes.insert(data.notes.end(), data.passed_over.begin(), data.passed_over.end());
  if (inspection != nullptr) inspection->reading_notes = data.notes;
  index(data.train);
  if (!sides.validation.empty()) {
    index(data.validation);
  } else if (fold || settings.validation_share > 0) {
    if (inspection != nullptr) inspection->is_split_by_group = true;
    judge(inspection, [&] { split_sides(settings, fold, data, inspection); });
  }
}

}  // namespace c3d
