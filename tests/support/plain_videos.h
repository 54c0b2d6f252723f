// A folder of video files whose class is their brightness, each 20 frames of 32x24 pixels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/video_writer.h"

namespace c3d {

inline void write_plain_video(const std::filesystem::path& path, int brightness, int frames = 20) {
  std::filesystem::create_directories(path.parent_path());
  VideoWriter writer(path, {.width = 32, .height = 24});
  for (int frame = 0; frame < frames; ++frame) {
    writer.write(std::vector<std::uint8_t>(32 * 24 * 3, static_cast<std::uint8_t>(brightness + frame)));
  }
  writer.finish();
}

// folder/dark and folder/light, `count` videos each.
inline void write_plain_videos(const std::filesystem::path& folder, int count) {
  for (int i = 0; i < count; ++i) {
    write_plain_video(folder / "dark" / ("v" + std::to_string(i) + ".mp4"), 40 + 3 * i);
    write_plain_video(folder / "light" / ("v" + std::to_string(i) + ".mp4"), 170 + 3 * i);
  }
}

}  // namespace c3d
