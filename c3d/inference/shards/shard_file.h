// What the file of one shard (--json PART.2-of-6.jsonl) says of itself: its last line, behind those of the
// shard's videos in the order of the list. It is there when the shard is finished, and not before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/origin.h"
#include "c3d/inference/shards/division.h"
#include "engine/io/file.h"

namespace c3d {

// How what a shard wrote was made. Shards of one run have these in common.
struct ShardRecipes {
  Recipe labels;
  Recipe features, explanation;  // empty: not asked for
};

// The last line, without its line end. sum: CRC-32C of all lines before it; the line's own bytes are added.
std::string shard_line(const ShardPlan& plan, const ShardRecipes& recipes, std::uint32_t sum);

class ShardFile {
 public:
  // Reads it once. Error: it cannot be read, has no such last line, or other bytes than were written.
  explicit ShardFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const ShardPlan& plan() const { return plan_; }
  const ShardRecipes& recipes() const { return recipes_; }
  // Of the n-th of plan().places, without its line end.
  std::string line(std::size_t n) const;

 private:
  void find_lines();
  void take_last_line(const std::string& text);

  std::filesystem::path path_;
  File file_;
  std::vector<std::uint64_t> starts_;  // of all lines, and where the file ends
  ShardPlan plan_;
  ShardRecipes recipes_;
};

}  // namespace c3d
