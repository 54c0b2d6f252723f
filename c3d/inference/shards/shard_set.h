// The files of all shards of one run: how many there are to be, that all are there, and that they belong together. What is wrong is
// a BadRequest, one sentence that says what to do.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "c3d/inference/shards/shard_facts.h"

namespace c3d {

// As the names beside `whole` say it: there are shards of one number.
int count_of_shards(const std::filesystem::path& whole);
// All that are missing are named. how_far: of the file that is missing, how far its shard has come; "": it has not begun.
void expect_all_there(const std::filesystem::path& whole, int count,
                      const std::function<std::string(const std::filesystem::path&)>& how_far);
void expect_file(const std::filesystem::path& path);
void expect_shard(const ShardFacts& facts, const Shard& shard);
// By index; of the same list, division and recipes.
void expect_one_run(const std::vector<ShardFacts>& shards);

// Of a video of the list: which shard has it, and as which of its own.
struct ShardPlace {
  int shard = -1;
  std::size_t number = 0;
};
// Of each video. BadRequest: one is in two shards, or in none.
std::vector<ShardPlace> places_of_list(const std::vector<ShardFacts>& shards);

}  // namespace c3d
