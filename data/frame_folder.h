// A folder of numbered pictures as a video: 000001.jpg, 000002.jpg ... as ffmpeg writes and Caffe's C3D reads
// them, also .jpeg and .png, numbered from 1 or 0 with any number of digits. Frames come in the order of
// their numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace c3d {

struct FrameFolder {
  std::int64_t first_number = 1;
  std::vector<std::filesystem::path> frames;  // by number
};

// Whether there is a picture in it whose name is a number.
bool is_frame_folder(const std::filesystem::path& path);
// Error that names the file: a number that is missing, or that two pictures have.
FrameFolder read_frame_folder(const std::filesystem::path& path);
bool is_frame_name(const std::filesystem::path& path);  // a picture whose name is a number

}  // namespace c3d
