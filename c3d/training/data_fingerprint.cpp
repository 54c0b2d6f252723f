#include "c3d/training/data_fingerprint.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "c3d/training/label_set_data.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// How many parts of their paths name the folder that all of these videos share.
std::size_t common_parts(const Dataset& dataset) {
  if (dataset.videos.empty()) return 0;
  const fs::path first = dataset.videos.front().path.parent_path();
  auto end = first.end();
  for (const Video& video : dataset.videos) {
    const fs::path folder = video.path.parent_path();
    end = std::mismatch(first.begin(), end, folder.begin(), folder.end()).first;
  }
  return static_cast<std::size_t>(std::distance(first.begin(), end));
}

}  // namespace

void add(Fingerprint& fingerprint, const Dataset& dataset) {
  for (const std::string& label : dataset.labels) fingerprint.add_line(label);
  const std::size_t parts = common_parts(dataset);
  for (const Video& video : dataset.videos) {
    fs::path name;
    std::size_t part = 0;
    for (const fs::path& piece : video.path) {
      if (part++ >= parts) name /= piece;
    }
    std::error_code is_folder;  // of frames
    const std::uintmax_t bytes = fs::file_size(video.path, is_folder);
    fingerprint.add_line(fmt::format("{} {} {} {}", name.string(), class_numbers(dataset, video),
                                     video.frames, is_folder ? 0 : bytes));
  }
}

void add_earlier(Fingerprint& fingerprint, const Dataset& dataset) {
  for (const std::string& label : dataset.labels) fingerprint.add_line(label);
  for (const Video& video : dataset.videos) {
    fingerprint.add_line(
        fmt::format("{} {} {}", video.path.filename().string(), class_numbers(dataset, video), video.frames));
  }
}

}  // namespace c3d
