// A folder of numbered pictures as a video: 000001.jpg, 000002.jpg ... as ffmpeg writes and Caffe's C3D reads
// them, also .jpeg and .png, numbered from 1 or 0 with any number of digits. Frames come in the order of
// their numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/text.h"

namespace c3d {

struct FrameFolder {
  std::int64_t first_number = 1;
  std::vector<std::filesystem::path> frames;  // by number
};

// What a folder is to who looks for videos. Hidden files do not count.
enum class FolderKind {
  frames,  // numbered pictures and no videos, also not in folders below: a video
  videos,  // videos in it or below, or folders of frames below
  mixed,   // both: a folder of videos, whose pictures are none of them (a cover, a preview)
  neither,
};
struct FolderContents {
  FolderKind kind = FolderKind::neither;
  std::filesystem::path picture, video;  // one of each, to name; empty: there is none
};
// ReadError: it cannot be read.
FolderContents look_into(const std::filesystem::path& folder);

// Whether it is a folder that can be read, and of the kind `frames`.
bool is_frame_folder(const std::filesystem::path& path);
// Error that names the file: a number that is missing, or that two pictures have.
FrameFolder read_frame_folder(const std::filesystem::path& path);
// A picture of a kind that frames may be.
inline bool is_picture_name(const std::filesystem::path& path) {
  const std::string extension = lower_ascii(path.extension().native());
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}
bool is_frame_name(const std::filesystem::path& path);  // a picture whose name is a number

}  // namespace c3d
