// What every file of a shard says of itself, whatever it holds: which shard of which list, and how it was made.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "c3d/inference/origin.h"
#include "c3d/inference/shards/division.h"

namespace c3d {

// How what a shard wrote was made. Shards of one run have these in common.
struct ShardRecipes {
  Recipe labels;                 // empty: the file holds none
  Recipe features, explanation;  // empty: not asked for
};

inline constexpr const char* kJudged = "judged";  // in the recipe of labels whose lines are an evaluation's

struct ShardFacts {
  std::filesystem::path path;  // of the file
  ShardPlan plan;
  ShardRecipes recipes;
};

nlohmann::ordered_json shard_json(const ShardPlan& plan, const ShardRecipes& recipes);
// Of the file at `path`. Error: it does not say which shard it is, or not as this version does.
ShardFacts shard_facts_of(const std::filesystem::path& path, const nlohmann::ordered_json& json);

}  // namespace c3d
