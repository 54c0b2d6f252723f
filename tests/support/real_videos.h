// Recorded videos that tests read where they are there: a folder of sets, each of folders of videos. $C3D_TEST_VIDEOS names it.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

namespace c3d {

inline constexpr const char* kNoRealVideos = "needs real videos: set C3D_TEST_VIDEOS to their folder";

// That are compared of a long one: three of them have most of the pixels of all.
inline constexpr int kFramesOfRealVideos = 90;

inline std::filesystem::path real_videos() {
  const char* folder = std::getenv("C3D_TEST_VIDEOS");
  return folder != nullptr ? folder : C3D_SOURCE_DIR "/../shared/videos";
}

// Of each set the smallest file of each ending, since one camera recorded many of them, and all of the set of odd files. None
// where the folder is absent.
inline std::vector<std::filesystem::path> few_real_videos() {
  std::vector<std::filesystem::path> all;
  if (!std::filesystem::exists(real_videos())) return all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(real_videos())) {
    if (entry.is_regular_file()) all.push_back(entry.path());
  }
  std::ranges::sort(all, {}, [](const std::filesystem::path& file) {
    return std::pair(std::filesystem::file_size(file), file);
  });
  std::set<std::pair<std::filesystem::path, std::filesystem::path>> seen;
  std::erase_if(all, [&](const std::filesystem::path& file) {
    const std::filesystem::path set = *file.lexically_relative(real_videos()).begin();
    return set != "decode_robustness" && !seen.emplace(set, file.extension()).second;
  });
  return all;
}

}  // namespace c3d
