// Puts the files of all shards together: the file that one run over the whole list would have written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/shards/shard_facts.h"

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

// Without writing: what the shards say of themselves, which they have in common but for the videos of each, to `check`, and then the
// line of every video in the order of the list. BadRequest: as above.
void read_shards(const std::filesystem::path& whole, const std::function<void(const ShardFacts&)>& check,
                 const std::function<void(const nlohmann::ordered_json&)>& line);

}  // namespace c3d
