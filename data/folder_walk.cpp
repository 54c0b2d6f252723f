#include "data/folder_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/frame_folder.h"
#include "engine/core/printable.h"
#include "engine/core/text.h"
#include "engine/io/file.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 28> kVideoExtensions = {
    ".3g2",  ".3gp",  ".asf",  ".avi",   ".divx", ".dv",   ".f4v", ".flv",  ".gif", ".h264",
    ".hevc", ".m2ts", ".m4v",  ".mjpeg", ".mkv",  ".mov",  ".mp4", ".mpeg", ".mpg", ".mts",
    ".mxf",  ".ogv",  ".rmvb", ".ts",    ".vob",  ".webm", ".wmv", ".y4m"};

constexpr const char* kSpecialFile = "a pipe, device or socket, which is passed over";
constexpr const char* kDeadLink = "a link that leads nowhere, which is passed over";
constexpr const char* kSameFolder = "a link to a folder that is read already, which is not followed";
constexpr const char* kRun = "holds a training run and is passed over";
constexpr const char* kMixed = "holds videos too: its numbered pictures are no video";

struct Folder {
  fs::path path;
  int depth = 0;  // of the folder walked: 0
  auto operator<=>(const Folder& other) const { return path <=> other.path; }
  bool operator==(const Folder& other) const { return path == other.path; }
};

class Walk {
 public:
  Walk(const fs::path& root, const WalkRules& rules) : rules_(rules) {
    for (const fs::path& folder : rules.left_out) mark(folder);
    // A link to a folder that holds this one would lead back into it.
    std::error_code error;
    for (fs::path above = fs::canonical(root, error).parent_path(); !error && !above.empty();
         above = above.parent_path()) {
      mark(above);
      if (above == above.parent_path()) break;
    }
    mark(root);
    folders_.push_back({root, 0});
  }

  FolderVideos run() {
    // Links come last: what they lead to may have a path of its own.
    while (!folders_.empty() || !links_.empty()) {
      if (folders_.empty()) {
        enter_link();
      } else {
        const Folder folder = std::move(folders_.back());
        folders_.pop_back();
        read(folder);
      }
    }
    finish();
    return std::move(found_);
  }

 private:
  // Whether it is new. A path that cannot be looked at counts as new: reading it says why.
  bool mark(const fs::path& folder) {
    const std::optional<FileIdentity> identity = file_identity(folder);
    return !identity || seen_.insert(*identity).second;
  }

  void enter_link() {
    const Folder link = std::move(links_.extract(links_.begin()).value());
    if (mark(link.path)) {
      folders_.push_back(link);
    } else if (!is_left_out(link.path)) {
      found_.passed_over.push_back({link.path, kSameFolder});
    }
  }

  bool is_left_out(const fs::path& folder) const {
    return std::ranges::any_of(rules_.left_out, [&](const fs::path& other) {
      return file_identity(other) == file_identity(folder);
    });
  }

  void read(const Folder& folder) {
    videos_here_.clear();
    folders_here_.clear();
    links_here_.clear();
    files_here_ = 0;
    has_frames_ = false;
    bool config = false, progress = false;
    std::error_code error;
    fs::directory_iterator entry(folder.path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (is_hidden(entry->path())) continue;
      const fs::path name = entry->path().filename();
      config = config || name == "config.json";
      progress = progress || name == "metrics.jsonl" || name == "state.safetensors" ||
                 name == "last.safetensors" || name == "best.safetensors";
      sort_in(*entry, folder.depth);
    }
    if (error) found_.unreadable.push_back({folder.path, error.message()});
    if (rules_.pass_over_runs && config && progress && folder.depth > 0) {
      found_.passed_over.push_back({folder.path, kRun});
      return;
    }
    keep(folder);
  }

  // Asks the entry, which knows its kind from the folder's list, before the file system.
  void sort_in(const fs::directory_entry& entry, int depth) {
    std::error_code unknown;
    const bool link = entry.is_symlink(unknown);
    if (entry.is_directory(unknown)) {
      (link ? links_here_ : folders_here_).push_back({entry.path(), depth + 1});
    } else if (entry.is_regular_file(unknown)) {
      sort_in_file(entry.path());
    } else if (entry.is_other(unknown)) {
      found_.passed_over.push_back({entry.path(), kSpecialFile});
    } else if (link && is_video_name(entry.path())) {
      found_.passed_over.push_back({entry.path(), kDeadLink});
    } else {
      ++files_here_;
    }
  }

  void sort_in_file(const fs::path& file) {
    if (is_video_name(file)) {
      videos_here_.push_back(file);
    } else {
      ++files_here_;
      has_frames_ = has_frames_ || is_frame_name(file);
    }
  }

  void keep(const Folder& folder) {
    if (has_frames_ && folder.depth >= rules_.first_frame_depth) {
      frame_folders_.push_back(folder.path);
    } else {
      found_.ignored_files += files_here_;
    }
    std::ranges::move(videos_here_, std::back_inserter(found_.videos));
    for (Folder& below : folders_here_) {
      if (folder.depth == 0 && !is_left_out(below.path)) found_.folders.push_back(below.path);
      if (mark(below.path)) folders_.push_back(std::move(below));
    }
    for (Folder& below : links_here_) {
      if (folder.depth == 0 && !is_left_out(below.path)) found_.folders.push_back(below.path);
      links_.insert(std::move(below));
    }
  }

  // A folder of numbered pictures is a video unless there are videos, files or folders, in or below it.
  void finish() {
    std::ranges::sort(found_.videos);
    std::ranges::sort(frame_folders_);
    std::vector<fs::path> frames;
    for (auto folder = frame_folders_.begin(); folder != frame_folders_.end(); ++folder) {
      const std::string start = (*folder / "").native();
      const auto holds = [&](const auto& next, const std::vector<fs::path>& paths) {
        return next != paths.end() && next->native().starts_with(start);
      };
      if (holds(std::ranges::lower_bound(found_.videos, *folder), found_.videos) ||
          holds(std::next(folder), frame_folders_)) {
        found_.passed_over.push_back({*folder, kMixed});
      } else {
        frames.push_back(*folder);
      }
    }
    const auto files = static_cast<std::ptrdiff_t>(found_.videos.size());
    std::ranges::move(frames, std::back_inserter(found_.videos));
    std::inplace_merge(found_.videos.begin(), found_.videos.begin() + files, found_.videos.end());
    std::ranges::sort(found_.folders);
    std::ranges::sort(found_.passed_over, {}, &PassedOver::path);
    std::ranges::sort(found_.unreadable, {}, &PassedOver::path);
  }

  const WalkRules& rules_;
  FolderVideos found_;
  std::set<FileIdentity> seen_;  // folders
  std::vector<Folder> folders_;  // to read
  std::set<Folder> links_;       // to folders, in the order in which they are tried
  std::vector<fs::path> frame_folders_;
  std::vector<fs::path> videos_here_;  // in the folder that is read now
  std::vector<Folder> folders_here_, links_here_;
  std::int64_t files_here_ = 0;  // not videos by name
  bool has_frames_ = false;
};

}  // namespace

bool has_video_ending(std::string_view text) {
  const std::string_view name = text.substr(text.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > 8) return false;
  const std::string extension = lower_ascii(name.substr(dot));
  return std::ranges::find(kVideoExtensions, extension) != kVideoExtensions.end();
}

bool is_video_name(const fs::path& path) { return has_video_ending(path.native()); }

FolderVideos walk_folder(const fs::path& folder, const WalkRules& rules) { return Walk(folder, rules).run(); }

std::vector<std::string> notes_of(const std::vector<PassedOver>& passed_over) {
  struct Reason {
    const PassedOver* first = nullptr;
    std::int64_t count = 0;
  };
  std::map<std::string_view, Reason> reasons;
  for (const PassedOver& one : passed_over) {
    Reason& reason = reasons[one.why];
    if (reason.count++ == 0) reason.first = &one;
  }
  std::vector<std::string> notes;
  for (const auto& [why, reason] : reasons) {
    const std::string path = printable(reason.first->path.native());
    notes.push_back(reason.count == 1
                        ? fmt::format("{}: {}", path, why)
                        : fmt::format("{} and {} more like it: {}", path, reason.count - 1, why));
  }
  return notes;
}

}  // namespace c3d
