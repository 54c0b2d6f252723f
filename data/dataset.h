// Which videos there are and what they show: folders per class, or lists (`path label`, UCF101's trainlist,
// testlist and classInd.txt as they are). Frame counts come from data/video_index.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/folder_walk.h"

namespace c3d {

struct Video {
  std::filesystem::path path;
  std::int32_t label = -1;                // of a label set its first class, or 0 where it is empty
  std::int64_t frames = 0;                // 0: not counted yet
  std::vector<std::int32_t> label_set{};  // rising; empty, too, where the dataset has no label sets
};

struct Dataset {
  std::vector<std::string> labels;  // class names in label order
  std::vector<Video> videos;
  std::int64_t ignored_files = 0;    // not videos by name
  std::vector<std::string> notes{};  // for people: what was passed over, and why; fit for a terminal
  bool has_label_sets = false;       // each video shows any number of classes: its label_set
};

// The classes that a video of the dataset shows, rising.
inline std::span<const std::int32_t> classes_of(const Dataset& dataset, const Video& video) {
  if (dataset.has_label_sets) return video.label_set;
  return {&video.label, 1};
}
// How many videos show each class.
std::vector<std::int64_t> videos_of_classes(const Dataset& dataset);

struct ListOptions {
  std::optional<std::filesystem::path> root;     // of relative paths; the list's own folder if absent
  std::optional<std::filesystem::path> classes;  // classInd.txt; the one beside the list if absent
  bool label_sets = false;                       // each video has any number of labels
};

// DIR (one folder per class, with videos at any depth; classes sorted by name) or LIST. Links are followed,
// each real folder once. Folders that hold no video or a training run, pipes and devices are passed over with
// a note; folders in `left_out` without one. A split of DIR is the folder DIR/train, DIR/val or DIR/test
// where DIR holds those: pass that folder (data/splits.h finds them). With known_labels (of a training set)
// other class names are an error and indices follow them. A folder that cannot be read is an error.
//
// A list has one `path label` a line (data/list_entries.h says what else is read). Labels are class names, or
// numbers that count from 0 unless a classInd.txt (`1 ApplyEyeMakeup` a line) gives its own. A line without a
// label, as in UCF101's testlist, has the path's folder as its class. Empty lines and lines that start with #
// are skipped. Relative paths that lead nowhere from the list's folder start from the current one.
//
// With options.label_sets a line says `path label|label|label`, or `path -` of a video that shows none of the
// classes, and always says either; a video of DIR has the one label of its folder. Without them a label that
// holds `|` and is no known class is an error.
Dataset read_dataset(const std::filesystem::path& dir_or_list, const ListOptions& options,
                     const std::vector<std::string>& known_labels = {},
                     const std::vector<std::filesystem::path>& left_out = {});

struct Split {
  Dataset train, validation;
};
// Deterministic in seed. Videos whose names share a group never stand on both sides, whatever their classes:
// the group is the first capture of group_regex in the path's last part (default: UCF101's `_g01_`, so g01 of
// every class goes to one side, as in UCF101's own splits), else the video by itself. About
// `validation_share` of each class's groups validate; each class with two groups or more has some on both
// sides, as far as its groups' other classes allow; a class with one group only trains.
Split split_by_group(const Dataset& dataset, double validation_share, const std::string& group_regex,
                     std::uint64_t seed);
inline constexpr const char* kDefaultGroupRegex = "_(g[0-9]+)_";

}  // namespace c3d
