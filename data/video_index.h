// The first pass over a dataset: decodes every video once on all threads, keeps frame counts and failures in
// an index file keyed by path, size and time of change, and (where asked and where it fits) the resized
// frames in a cache, so that epochs read them from disk instead of decoding again.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/clip_reader.h"
#include "data/dataset.h"
#include "data/video_reader.h"

namespace c3d {

struct IndexOptions {
  std::filesystem::path folder;  // holds index.json and the cache; made if absent
  FrameSize resize;
  int threads = 1;
  std::uint64_t cache_bytes = 0;  // at most so many bytes of frames; 0: no cache
};

struct BrokenVideo {
  std::filesystem::path path;
  std::string error;
};

struct IndexResult {
  std::vector<BrokenVideo> broken;       // left out of the dataset
  std::int64_t decoded = 0, reused = 0;  // videos
  std::uint64_t cached_bytes = 0;
};

// Fills in Video::frames and removes broken videos. progress(done, total) is called from one thread at a
// time.
IndexResult index_videos(Dataset& dataset, const IndexOptions& options,
                         const std::function<void(std::int64_t, std::int64_t)>& progress);

// Opens from the cache if it is there, else the file. Safe to call from several threads.
OpenVideo frame_opener(const IndexOptions& options);

}  // namespace c3d
