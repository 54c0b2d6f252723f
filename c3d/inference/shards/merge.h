// Puts the files of all shards together: the file that one run over the whole list would have written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

struct MergedShards {
  int shards = 0;
  std::int64_t videos = 0;
  std::vector<std::pair<std::string, std::string>> failed;  // videos, and why, in the order of the list
};

// whole: the name that --json had in each shard; written anew from PART.0-of-6.jsonl ... beside it, in the
// order of the list, atomically. progress(videos written, of all). BadRequest, and nothing is written: a shard
// is missing, not finished or damaged, or is of another list, division, weights or options than the others; all
// that are missing are named. Error: it cannot be written.
MergedShards merge_shards(const std::filesystem::path& whole,
                          const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace c3d
