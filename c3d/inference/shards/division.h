// Which shard each video of a list belongs to. Every process finds the same answer from the list alone, so that
// shards need not talk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "c3d/inference/inputs.h"
#include "c3d/inference/shards/shard.h"
#include "engine/core/fingerprint.h"

namespace c3d {

// The shard of a path, without `.`, `..` and doubled slashes: FNV-1a, of which the finalizer of Steele, Lea and
// Flood's SplitMix64 (2014) makes numbers whose every bit depends on all of them, modulo the count.
int shard_of_path(const std::string& path, int count);

// Of each video its shard; what is named twice has one. seconds: of each video; 0: not known, and taken for the
// mean of the others. The longest first, each to the shard that has least (Graham's LPT rule, 1969).
std::vector<int> divide_by_length(const std::vector<Input>& videos, std::span<const double> seconds,
                                  int count);

// The fingerprint of a list: of the names of its videos, in their order.
class NameList {
 public:
  void add(const std::string& name) {
    fingerprint_.add(name);
    fingerprint_.add(std::string_view("\0", 1));  // the one byte that no name holds
  }
  std::string text() const { return fingerprint_.text(); }

 private:
  Fingerprint fingerprint_;
};

// A shard of a list, and what others of the same list have in common with it.
struct ShardPlan {
  Shard shard;
  Division division = Division::path;
  std::size_t videos = 0;           // of the whole list
  std::string list;                 // as NameList gives it
  std::vector<std::size_t> places;  // of this shard's videos in the list
};

// progress(done, count) while the heads of all videos are read, for their lengths. Videos that cannot be read,
// and pipes, have no length.
ShardPlan plan_shard(const Inputs& inputs, const Shard& shard, Division division,
                     const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace c3d
