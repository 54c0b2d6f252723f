// Tiny videos, the index and the cache of their frames, for tests of these.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "data/video_index.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tiny_video.h"

namespace c3d {

inline constexpr FrameSize kSize{24, 16};
inline constexpr std::uint64_t kFrameBytes = 24 * 16 * 3;

// Videos of 10, 11, 12 ... frames in a folder of their own.
inline Dataset tiny_dataset(const ScratchFolder& folder, int videos) {
  Dataset dataset;
  dataset.labels = {"only"};
  for (int i = 0; i < videos; ++i) {
    const auto path = folder / ("video" + std::to_string(i) + ".mp4");
    write_tiny_video(path, 10 + i);
    dataset.videos.push_back({path, 0, 0});
  }
  return dataset;
}

// Whatever the disk of the machine that tests.
inline std::optional<DiskSpace> large_disk(const std::filesystem::path& /*path*/) {
  return DiskSpace{std::uint64_t{1} << 40, std::uint64_t{1} << 39};
}

inline IndexOptions options_in(const ScratchFolder& folder, std::uint64_t cache_bytes = 0,
                               const std::string& name = "cache/index") {
  IndexOptions options;
  options.cache = std::make_shared<VideoCache>(folder / name, cache_bytes, large_disk);
  options.resize = kSize;
  options.threads = 2;
  return options;
}

inline IndexResult index_again(Dataset dataset, const IndexOptions& options) {
  return index_videos(dataset, options, nullptr);
}

inline std::vector<std::filesystem::path> cached_files(const ScratchFolder& folder,
                                                       const std::string& name = "cache") {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder / name)) {
    if (file.path().extension() == ".frames") files.push_back(file.path());
  }
  return files;
}

inline std::uint64_t cached_file_bytes(const ScratchFolder& folder) {
  const auto files = cached_files(folder);
  return std::accumulate(
      files.begin(), files.end(), std::uint64_t{0},
      [](std::uint64_t sum, const auto& file) { return sum + std::filesystem::file_size(file); });
}

inline int shown_number(FrameSource& frames, std::int64_t frame) {
  std::vector<std::uint8_t> pixels(kFrameBytes);
  frames.read(frame, 1, 1, pixels);
  return tiny_video_frame(pixels);
}

}  // namespace c3d
