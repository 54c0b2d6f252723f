// What may be wrong with the videos of a run as they are split: who it is about, and in words for people what
// it does, which videos, and what to do about it. c3d_train says it before it begins, c3d_check (c3d/check)
// shows it video by video.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "c3d/training/folds.h"
#include "data/dataset.h"
#include "data/video_signature.h"
#include "engine/core/clip_spec.h"

namespace c3d {

using Signatures = std::map<std::filesystem::path, VideoSignature>;

// "a, b, c and 2 more"
std::string a_few(const std::vector<std::string>& names);

// Classes of too few groups to train and validate, of all videos before they are split: with one, and with
// fewer than there are folds.
struct GroupShortage {
  std::vector<std::size_t> lonely, few;
};
GroupShortage group_shortage(const Dataset& dataset, const std::string& group_regex, std::int64_t folds);
// About videos whose names an expression of the user's does not match; empty where it matches all, or there
// is none.
std::string regex_note(const Dataset& dataset, const std::string& group_regex);
// About them; empty where there are none.
std::vector<std::string> group_notes(const Dataset& dataset, const std::string& group_regex,
                                     std::int64_t folds);

// Videos that train while copies of them validate; with folds, in any of the folds.
struct Copy {
  const Video* earlier = nullptr;  // those of the datasets
  const Video* later = nullptr;    // which is much like it
  double likeness = 0;
};
std::vector<Copy> copies_across(const Dataset& train, const Dataset& validation,
                                const std::optional<Folds>& folds, const Signatures& signatures);
// About them; empty where there are none.
std::string duplicate_note(const Dataset& train, const Dataset& validation, const std::optional<Folds>& folds,
                           const Signatures& signatures);

// Videos with fewer frames than a clip spans.
std::vector<const Video*> short_videos(const Dataset& dataset, const ClipSpec& spec);
const char* fate_of_short(ShortClips rule);  // "looped"
// " (16 frames at a stride of 4)": why a clip spans more frames than it has; empty: it does not.
std::string span_reason(const ClipSpec& spec);
// About them; empty where there are none.
std::string short_video_note(const Dataset& dataset, const ClipSpec& spec);

// How unequal the classes of single labels are.
struct ClassSizes {
  std::vector<std::size_t> empty;         // no video trains
  std::size_t smallest = 0, largest = 0;  // by training videos
  bool unequal = false;                   // these two, by more than a factor that accuracy can bear
};
ClassSizes class_sizes(const Dataset& train);
// About them, or about label sets. Error: no training video shows a label of those.
void note_classes(const Dataset& train, std::vector<std::string>& notes);

}  // namespace c3d
