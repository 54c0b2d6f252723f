#include "data/dataset.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "data/class_names.h"
#include "data/frame_folder.h"
#include "data/splits.h"
#include "data/video_list.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoVideo = "holds no video and is no class";
constexpr const char* kPicturesOfNone =
    "holds numbered pictures itself and is no class: put those of each video into a folder of their own in "
    "it";

// Videos lie two folders down, in those of their classes.
constexpr int kFirstFrameDepth = 2;

struct ClassFolder {
  fs::path path;
  std::string start;  // of the paths below it
  std::vector<fs::path> videos;
};

std::int32_t folder_label(const fs::path& folder, const std::vector<std::string>& known_labels,
                          Dataset& dataset) {
  const std::string name = folder.filename().string();
  expect(is_class_name(name),
         "{}: a class's name is UTF-8 text on one line without control characters: rename the folder",
         folder);
  if (known_labels.empty()) {
    dataset.labels.push_back(name);
    return static_cast<std::int32_t>(dataset.labels.size()) - 1;
  }
  const auto found = std::find(known_labels.begin(), known_labels.end(), name);
  if (found == known_labels.end()) {
    fail("{}: '{}' is not one of the {} classes in training: did you mean '{}'? Rename or remove the folder",
         folder, name, known_labels.size(), nearest(name, known_labels));
  }
  return static_cast<std::int32_t>(found - known_labels.begin());
}

// The videos below `dir` by the folders of their classes, in the order of these.
std::vector<ClassFolder> by_class(const fs::path& dir, FolderVideos& found) {
  std::vector<ClassFolder> classes;
  classes.reserve(found.folders.size());
  for (const fs::path& folder : found.folders) classes.push_back({folder, (folder / "").native(), {}});
  const std::size_t inside = (dir / "").native().size();
  std::int64_t loose = 0;
  auto at = classes.begin();
  for (fs::path& video : found.videos) {
    if (video.native().find('/', inside) == std::string::npos) {
      ++loose;
      continue;
    }
    while (!video.native().starts_with(at->start)) ++at;
    at->videos.push_back(std::move(video));
  }
  expect(
      loose == 0,
      "{}: {} videos lie beside the class folders: put each into the folder of its class, or give a list of "
      "`path label` lines",
      dir, loose);
  return classes;
}

// The reason why it cannot be a class.
PassedOver empty_folder(const fs::path& folder) {
  return {folder, is_frame_folder(folder) ? kPicturesOfNone : kNoVideo};
}

Lines list_of(const std::vector<std::string>& notes) {
  Lines lines;
  for (const std::string& note : notes) lines.text += "\n  " + note;
  return lines;
}

Dataset read_folders(const fs::path& dir, const ListOptions& options,
                     const std::vector<std::string>& known_labels, const std::vector<fs::path>& left_out) {
  FolderVideos found =
      walk_folder(dir, {.first_frame_depth = kFirstFrameDepth, .pass_over_runs = true, .left_out = left_out});
  if (!found.unreadable.empty()) {
    fail("{}: the folder cannot be read: {}", found.unreadable[0].path, found.unreadable[0].why);
  }
  const std::vector<ClassFolder> classes = by_class(dir, found);
  expect(!classes.empty(),
         "{}: holds no class folders: put each class's videos into a folder named like the class", dir);
  const auto is_split = [](const ClassFolder& one) { return split_kind(one.path) != SplitKind::none; };
  expect(!std::ranges::all_of(classes, is_split),
         "{}: holds splits, not classes: give one of its folders, such as {}", dir, classes[0].path);

  Dataset dataset;
  dataset.labels = known_labels;
  dataset.ignored_files = found.ignored_files;
  dataset.has_label_sets = options.label_sets;
  std::set<fs::path> explained;
  for (const PassedOver& one : found.passed_over) explained.insert(one.path);
  std::vector<PassedOver> empty;
  for (const ClassFolder& one : classes) {
    if (one.videos.empty()) {
      const bool known = std::ranges::find(known_labels, one.path.filename().native()) != known_labels.end();
      if (!known && !explained.contains(one.path)) empty.push_back(empty_folder(one.path));
      continue;
    }
    const std::int32_t label = folder_label(one.path, known_labels, dataset);
    for (const fs::path& video : one.videos) {
      dataset.videos.push_back({video, label, 0});
      if (options.label_sets) dataset.videos.back().label_set = {label};
    }
  }
  for (const std::vector<PassedOver>& passed_over : {empty, found.passed_over}) {
    std::ranges::move(notes_of(passed_over), std::back_inserter(dataset.notes));
  }
  expect(!dataset.videos.empty(), "{}: no video in its class folders, the first of which is {}:{}", dir,
         classes[0].path, list_of(dataset.notes));
  std::ranges::move(similar_class_notes(dataset.labels), std::back_inserter(dataset.notes));
  return dataset;
}

}  // namespace

std::vector<std::int64_t> videos_of_classes(const Dataset& dataset) {
  std::vector<std::int64_t> counts(dataset.labels.size(), 0);
  for (const Video& video : dataset.videos) {
    for (const std::int32_t label : classes_of(dataset, video)) ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}

Dataset read_dataset(const fs::path& dir_or_list, const ListOptions& options,
                     const std::vector<std::string>& known_labels, const std::vector<fs::path>& left_out) {
  try {
    expect(fs::exists(dir_or_list), "{}: no such folder or list", dir_or_list);
    return fs::is_directory(dir_or_list) ? read_folders(dir_or_list, options, known_labels, left_out)
                                         : read_video_list(dir_or_list, options, known_labels);
  } catch (const fs::filesystem_error& error) {
    fail("{}: {}: check the path, its permissions and its links", error.path1(), error.code().message());
  }
}

}  // namespace c3d
