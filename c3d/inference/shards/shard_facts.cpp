#include "c3d/inference/shards/shard_facts.h"

#include "c3d/common/machine.h"
#include "engine/core/error.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using nlohmann::ordered_json;

Recipe recipe_at(const ordered_json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return {};
  return parse_recipe(*found).value_or(Recipe());
}

}  // namespace

ordered_json shard_json(const ShardPlan& plan, const ShardRecipes& recipes) {
  ordered_json json;
  json["shard"] = to_string(plan.shard);
  json["division"] = to_string(plan.division);
  json["videos"] = plan.videos;
  json["list"] = plan.list;
  json["places"] = plan.places;
  if (!recipes.labels.empty()) json["made_by"] = recipe_json(recipes.labels);
  if (!recipes.features.empty()) json["features"] = recipe_json(recipes.features);
  if (!recipes.explanation.empty()) json["explanation"] = recipe_json(recipes.explanation);
  json["program"] = commit();
  return json;
}

ShardFacts shard_facts_of(const std::filesystem::path& path, const ordered_json& json) {
  ShardFacts facts{.path = path, .plan = {}, .recipes = {}};
  expect(json.is_object() && json.contains("shard"), "{}: it does not say which shard it is", path);
  try {
    ShardPlan& plan = facts.plan;
    plan.shard = parse_shard(json.at("shard").get<std::string>());
    plan.division = json.at("division") == to_string(Division::path) ? Division::path : Division::length;
    plan.videos = json.at("videos").get<std::size_t>();
    plan.list = json.at("list").get<std::string>();
    plan.places = json.at("places").get<std::vector<std::size_t>>();
    facts.recipes = {recipe_at(json, "made_by"), recipe_at(json, "features"), recipe_at(json, "explanation")};
  } catch (const ordered_json::exception& error) {
    fail("{}: what it says of its shard is none of this version's: {}", path, error.what());
  }
  return facts;
}

}  // namespace c3d
