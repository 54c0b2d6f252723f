// What the file of one shard (--json PART.2-of-6.jsonl) says of itself: its last line, behind those of the
// shard's videos in the order of the list. It is there when the shard is finished, and not before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/shards/shard_facts.h"
#include "engine/io/file.h"

namespace c3d {

// The last line, without its line end. sum: CRC-32C of all lines before it; the line's own bytes are added.
std::string shard_line(const ShardPlan& plan, const ShardRecipes& recipes, std::uint32_t sum);

class ShardFile {
 public:
  // Reads it once. Error: it cannot be read, has no such last line, or other bytes than were written.
  explicit ShardFile(const std::filesystem::path& path);

  const ShardFacts& facts() const { return facts_; }
  // Of the n-th of the plan's places, without its line end.
  std::string line(std::size_t n) const;

 private:
  void find_lines();
  void take_last_line(const std::string& text);

  File file_;
  std::vector<std::uint64_t> starts_;  // of all lines, and where the file ends
  ShardFacts facts_;
};

}  // namespace c3d
