// What tells a video's file from a later one of its name, for pictures that are kept of it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace c3d {

struct VideoState {
  std::uint64_t bytes = 0;   // 0: a folder of frames, or no file
  std::int64_t changed = 0;  // 0: it is not there
  bool operator==(const VideoState&) const = default;
};

VideoState state_of(const std::filesystem::path& video);

}  // namespace c3d
