// The videos in and below a folder, found the same way for training and for labelling. Links are followed,
// but each real folder is entered once, under its own path where it has one below the folder, so that links
// in a circle end. Hidden names are left out. Nothing is opened: a pipe or a device is passed over by its
// kind. Time is linear in the number of names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace c3d {

struct WalkRules {
  // From this depth on a folder of numbered pictures is a video; 0: the folder walked may be one itself.
  int first_frame_depth = 0;
  bool pass_over_runs = false;                    // folders that hold a training run
  std::vector<std::filesystem::path> left_out{};  // folders that are not entered, however they are reached
};

struct PassedOver {
  std::filesystem::path path;
  std::string why;
};

struct FolderVideos {
  std::vector<std::filesystem::path> videos;   // files by their names and folders of frames, sorted
  std::vector<std::filesystem::path> folders;  // those right in the folder but the ones left out, sorted
  std::int64_t ignored_files = 0;              // not videos by name
  std::vector<PassedOver> passed_over;         // worth a word to people, sorted by path
  std::vector<PassedOver> unreadable;          // folders, sorted by path
};

// By the extension: .avi, .mp4, .mkv ... `text`: a path as it is written.
bool has_video_ending(std::string_view text);
bool is_video_name(const std::filesystem::path& path);

FolderVideos walk_folder(const std::filesystem::path& folder, const WalkRules& rules);

// A line for each reason, with the first path and how many others there are; fit for a terminal.
std::vector<std::string> notes_of(const std::vector<PassedOver>& passed_over);

}  // namespace c3d
