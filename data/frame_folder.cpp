#include "data/frame_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "data/dataset.h"
#include "engine/core/text.h"
#include "engine/io/file_names.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// nullopt: not a picture, or not named by a number.
std::optional<std::int64_t> frame_number(const fs::path& path) {
  if (!is_picture_name(path)) return std::nullopt;
  const std::string stem = path.stem().string();
  const std::optional<std::int64_t> number = whole_number(stem);
  return number && *number >= 0 ? number : std::nullopt;
}

// What a frame of that number would be called beside `other`.
fs::path name_like(const fs::path& other, std::int64_t number) {
  const std::size_t digits = other.stem().string().size();
  return other.parent_path() / fmt::format("{:0{}}{}", number, digits, other.extension().string());
}

// A video, or the picture of a folder of frames; empty: there is none. Links are not followed: they may lead
// back here.
fs::path video_below(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code unknown;
    if (is_hidden(path)) {
      entry.disable_recursion_pending();
    } else if (!entry->is_directory(unknown) && (frame_number(path) || is_video_name(path))) {
      return path;
    }
  }
  return {};
}

// Of the folder itself; returns the folders in it.
std::vector<fs::path> look_at_top(const fs::path& folder, FolderContents& contents) {
  std::vector<fs::path> below;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (is_hidden(path)) continue;
    std::error_code unknown;
    if (entry->is_directory(unknown)) {
      below.push_back(path);
    } else if (frame_number(path)) {
      if (contents.picture.empty() || path < contents.picture) contents.picture = path;
    } else if (is_video_name(path)) {
      if (contents.video.empty() || path < contents.video) contents.video = path;
    }
  }
  if (error) fail_to_read("{}: the folder cannot be read: {}", folder, error.message());
  return below;
}

void find_video_below(const std::vector<fs::path>& folders, FolderContents& contents) {
  for (auto folder = folders.begin(); folder != folders.end() && contents.video.empty(); ++folder) {
    contents.video = video_below(*folder);
  }
}

FolderKind kind_of(const FolderContents& contents) {
  if (contents.picture.empty()) return contents.video.empty() ? FolderKind::neither : FolderKind::videos;
  return contents.video.empty() ? FolderKind::frames : FolderKind::mixed;
}

}  // namespace

FolderContents look_into(const fs::path& folder) {
  FolderContents contents;
  const std::vector<fs::path> below = look_at_top(folder, contents);
  find_video_below(below, contents);
  contents.kind = kind_of(contents);
  return contents;
}

bool is_frame_folder(const fs::path& path) {
  std::error_code unknown;
  if (!fs::is_directory(path, unknown)) return false;
  try {
    FolderContents contents;
    const std::vector<fs::path> below = look_at_top(path, contents);
    if (contents.picture.empty()) return false;  // large trees need not be searched
    find_video_below(below, contents);
    return kind_of(contents) == FolderKind::frames;
  } catch (const ReadError&) {
    return false;
  }
}

FrameFolder read_frame_folder(const fs::path& path) {
  std::map<std::int64_t, fs::path> numbered;
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::optional<std::int64_t> number = frame_number(entry->path());
    if (!number) continue;
    const auto [other, is_new] = numbered.emplace(*number, entry->path());
    if (!is_new) {
      fail("{}: has the number of {} too: remove one of them",
           std::max(entry->path(), other->second).string(), std::min(entry->path(), other->second).string());
    }
  }
  if (error) fail_to_read("{}: the folder cannot be read: {}", path, error.message());
  expect(!numbered.empty(), "{}: holds no picture named by a number, such as 000001.jpg", path.string());
  FrameFolder folder;
  folder.first_number = std::min<std::int64_t>(1, numbered.begin()->first);
  std::int64_t expected = folder.first_number;
  for (const auto& [number, file] : numbered) {
    expect(number == expected, "{}: this frame is missing: the numbers must go from {} to {} without gaps",
           name_like(file, expected).string(), folder.first_number, numbered.rbegin()->first);
    folder.frames.push_back(file);
    ++expected;
  }
  return folder;
}

bool is_frame_name(const fs::path& path) { return frame_number(path).has_value(); }

}  // namespace c3d
