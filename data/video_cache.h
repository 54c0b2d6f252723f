// Where the first pass over a set of videos keeps what it found: an index, and decoded frames within a bound
// that all sets beside it share (data/cache_room.h). It only saves time: where the folder cannot be made,
// read or written to, also in the middle of a run, that is noted once and nothing is kept. Many processes may
// use it at once. Nothing here throws for the cache's sake. Safe to call from several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "data/cache_room.h"
#include "data/frame_cache.h"
#include "data/index_file.h"

namespace c3d {

class VideoCache {
 public:
  VideoCache() = default;  // keeps nothing
  // `folder` is made if absent; the folders beside it are of other sets. At most `bytes` of frames in all of
  // them; 0: none are kept or read.
  explicit VideoCache(const std::filesystem::path& folder, std::uint64_t bytes = 0,
                      const DiskProbe& probe = disk_space);

  IndexEntries read_index() const;
  // False: others are at it, and a later call may succeed.
  bool add_to_index(const IndexEntries& entries, Patience patience);

  bool holds_frames() const { return bytes_ > 0; }
  const std::filesystem::path& frames_folder() const { return frames_folder_; }
  CacheRoom* room() const { return room_.get(); }  // null: no more frames are kept
  // Null where there are none, or another number than `frames`. Damaged frames are removed, but no folder
  // that holds something.
  std::unique_ptr<FrameSource> open(const FrameCacheKey& key,
                                    std::optional<std::int64_t> frames = std::nullopt);
  bool is_blocked(const FrameCacheKey& key);  // a folder stands in their place, which is noted
  void protect(const FrameCacheKey& key);     // they stay if they are there
  // They are there, and this run counts on them: they stay, and are the last to be thought old.
  void use(const FrameCacheKey& key);
  bool uses(const FrameCacheKey& key);
  void remove(const FrameCacheKey& key);
  void stop_keeping(const std::string& why);  // frames
  bool keeps_frames() const { return room_ != nullptr && keeps_; }

  // For people: each once, and no more than a few.
  void note(const std::string& text);
  std::vector<std::string> take_notes();  // since the last call

 private:
  std::filesystem::path folder_, frames_folder_;  // absolute; empty: nothing is kept
  std::uint64_t bytes_ = 0;
  std::unique_ptr<CacheRoom> room_;
  std::atomic<bool> keeps_ = true, writes_index_ = true;

  std::mutex used_mutex_;
  std::unordered_set<std::string> used_;  // files of frames

  std::mutex notes_mutex_;
  std::set<std::string> said_;
  std::vector<std::string> notes_;
};

}  // namespace c3d
