// The bytes that cached frames may take: one bound for all sets of videos beside each other and for all
// processes that use them, and a tenth of the disk that stays free. Where room is short, the frames that were
// used the longest ago go first, but none of a set that a living process uses, nor of those that this one
// uses.
//
//   SETS/frames.bytes         what all frames take together, as text; its lock guards it
//   SETS/SET/in_use           locked, shared, by each process that uses the set; a folder without it is none
//   SETS/SET/frames/*/*.frames
//
// Whatever else stands there belongs to others, is not counted and stays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/cache_lock.h"
#include "engine/io/file.h"

namespace c3d {

struct DiskSpace {
  std::uint64_t bytes = 0, available = 0;
};
// Of the disk that holds the path; none: it cannot be told.
using DiskProbe = std::function<std::optional<DiskSpace>(const std::filesystem::path&)>;
std::optional<DiskSpace> disk_space(const std::filesystem::path& path);

// Safe to call from several threads.
class CacheRoom {
 public:
  // `set` is the absolute path of a folder. Frames beyond the bound are removed at once. Error: the folder
  // around it cannot be read or written to.
  CacheRoom(std::filesystem::path set, std::uint64_t bytes, DiskProbe probe);
  ~CacheRoom();
  CacheRoom(const CacheRoom&) = delete;
  CacheRoom& operator=(const CacheRoom&) = delete;

  // Adds `bytes` to `taken`, and more, up to 16 MiB, where there is plenty: so a writer need not ask for each
  // frame. Where there is no room, gives all of `taken` back and is false, so that one of several writers can
  // finish. Error, with `taken` as it was or more: what is taken cannot be told to the others, and this is
  // not the first time in a row.
  bool take(std::int64_t bytes, std::int64_t& taken);
  void give(std::int64_t bytes);
  bool could_hold(std::int64_t bytes);              // if what others no longer use went
  void protect(const std::filesystem::path& file);  // of the set: it stays

 private:
  struct Candidate {  // to go
    std::filesystem::path set, file;
    std::int64_t bytes = 0;
    std::filesystem::file_time_type used;
  };
  class Total;

  std::int64_t scan();
  void scan_set(const std::filesystem::path& set, std::int64_t& total);
  bool make_room(std::int64_t bytes, std::int64_t& total);
  bool disk_has(std::int64_t bytes);
  std::int64_t drop_oldest();
  static bool drop(const Candidate& candidate);

  const std::filesystem::path sets_, set_;
  const std::int64_t bound_;
  const DiskProbe probe_;

  std::mutex mutex_;  // guards what follows
  CacheLock in_use_;
  CacheLock total_lock_;
  Patience patience_ = kLongPatience;  // with the others' lock; none once it was in vain
  File total_file_;
  std::int64_t owed_ = 0;              // bytes, what this process took or gave that the file does not say
  std::vector<Candidate> candidates_;  // the oldest last
  std::unordered_map<std::string, std::int64_t> droppable_;  // of them in this set, bytes
  std::int64_t droppable_bytes_ = 0;                         // of all candidates
  std::int64_t disk_left_ = 0, disk_known_for_ = 0;          // bytes
};

}  // namespace c3d
