#include "data/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "data/frame_folder.h"
#include "data/video_list.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 28> kVideoExtensions = {
    ".3g2",  ".3gp",  ".asf",  ".avi",   ".divx", ".dv",   ".f4v", ".flv",  ".gif", ".h264",
    ".hevc", ".m2ts", ".m4v",  ".mjpeg", ".mkv",  ".mov",  ".mp4", ".mpeg", ".mpg", ".mts",
    ".mxf",  ".ogv",  ".rmvb", ".ts",    ".vob",  ".webm", ".wmv", ".y4m"};
constexpr std::array<std::string_view, 4> kSplitNames = {"train", "val", "validation", "test"};

bool hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

std::vector<fs::path> class_folders(const fs::path& dir, Dataset& dataset) {
  std::vector<fs::path> folders;
  std::int64_t loose_videos = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    if (hidden(entry.path())) continue;
    if (entry.is_directory()) {
      folders.push_back(entry.path());
    } else {
      loose_videos += is_video_name(entry.path()) ? 1 : 0;
      ++dataset.ignored_files;
    }
  }
  expect(
      loose_videos == 0,
      "{}: {} videos lie beside the class folders: put each into the folder of its class, or give a list of "
      "`path label` lines",
      dir.string(), loose_videos);
  expect(!folders.empty(),
         "{}: holds no class folders: put each class's videos into a folder named like the class",
         dir.string());
  std::sort(folders.begin(), folders.end());
  return folders;
}

// Videos below a class folder, links followed, sorted by path.
std::vector<fs::path> folder_videos(const fs::path& folder, Dataset& dataset) {
  std::vector<fs::path> videos;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink);
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    if (hidden(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_directory()) {
      if (is_frame_folder(entry->path())) {
        videos.push_back(entry->path());
        entry.disable_recursion_pending();
      }
    } else {
      if (is_video_name(entry->path())) {
        videos.push_back(entry->path());
      } else {
        ++dataset.ignored_files;
      }
    }
  }
  std::sort(videos.begin(), videos.end());
  return videos;
}

std::int32_t folder_label(const fs::path& folder, const std::vector<std::string>& known_labels,
                          Dataset& dataset) {
  const std::string name = folder.filename().string();
  if (known_labels.empty()) {
    dataset.labels.push_back(name);
    return static_cast<std::int32_t>(dataset.labels.size()) - 1;
  }
  const auto found = std::find(known_labels.begin(), known_labels.end(), name);
  if (found == known_labels.end()) {
    fail("{}: '{}' is not one of the {} classes in training: did you mean '{}'? Rename or remove the folder",
         folder.string(), name, known_labels.size(), nearest(name, known_labels));
  }
  return static_cast<std::int32_t>(found - known_labels.begin());
}

Dataset read_folders(const fs::path& dir, const std::vector<std::string>& known_labels) {
  Dataset dataset;
  dataset.labels = known_labels;
  const std::vector<fs::path> folders = class_folders(dir, dataset);
  const auto is_split = [](const fs::path& folder) {
    return std::find(kSplitNames.begin(), kSplitNames.end(), folder.filename().native()) != kSplitNames.end();
  };
  expect(!std::all_of(folders.begin(), folders.end(), is_split),
         "{}: holds splits, not classes: give one of its folders, such as {}", dir.string(),
         folders[0].string());
  std::vector<std::string> empty;
  for (const fs::path& folder : folders) {
    const std::int32_t label = folder_label(folder, known_labels, dataset);
    const std::vector<fs::path> videos = folder_videos(folder, dataset);
    if (videos.empty()) empty.push_back(folder.filename().string());
    for (const fs::path& video : videos) dataset.videos.push_back({video, label, 0});
  }
  // A class may be missing from a validation set, but training one without videos is surely not meant.
  expect(empty.empty() || (!known_labels.empty() && !dataset.videos.empty()),
         "{}: no video in class folder {}: add videos or remove the folder", dir.string(),
         fmt::join(empty, ", "));
  return dataset;
}

}  // namespace

bool is_video_name(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return std::find(kVideoExtensions.begin(), kVideoExtensions.end(), extension) != kVideoExtensions.end();
}

Dataset read_dataset(const fs::path& dir_or_list, const ListOptions& options,
                     const std::vector<std::string>& known_labels) {
  try {
    expect(fs::exists(dir_or_list), "{}: no such folder or list", dir_or_list.string());
    return fs::is_directory(dir_or_list) ? read_folders(dir_or_list, known_labels)
                                         : read_video_list(dir_or_list, options, known_labels);
  } catch (const fs::filesystem_error& error) {
    fail("{}: {}: check the path, its permissions and its links", error.path1().string(),
         error.code().message());
  }
}

}  // namespace c3d
