#include "c3d/inference/shards/shard_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "c3d/common/bad_request.h"
#include "engine/core/error.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// Of so many shards there are files, finished or not.
std::map<int, fs::path> counts_beside(const fs::path& whole) {
  const fs::path folder = whole.has_parent_path() ? whole.parent_path() : fs::path(".");
  std::map<int, fs::path> counts;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (const auto shard = shard_of_name(name, whole)) counts.try_emplace(shard->count, name);
  }
  expect_request(!error, "{}: its shards cannot be looked for in {}: {}", whole, folder, error.message());
  return counts;
}

// The first of those of which most have the same, and one that has another; nullptr: all have the same.
std::pair<const ShardFacts*, const ShardFacts*> odd_one(
    const std::vector<ShardFacts>& files, const std::function<std::string(const ShardFacts&)>& what) {
  std::map<std::string, std::vector<const ShardFacts*>> groups;
  for (const ShardFacts& file : files) groups[what(file)].push_back(&file);
  const auto most = std::ranges::max_element(
      groups, [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  for (const auto& [key, group] : groups) {
    if (key != most->first) return {most->second.front(), group.front()};
  }
  return {nullptr, nullptr};
}

void expect_same_recipe(const std::vector<ShardFacts>& files, const std::string& of,
                        const std::function<const Recipe&(const ShardFacts&)>& recipe) {
  const auto [one, odd] =
      odd_one(files, [&](const ShardFacts& file) { return dump_json(recipe_json(recipe(file))); });
  if (odd == nullptr) return;
  const std::string why =
      difference({.recipe = recipe(*one), .source = {}}, {.recipe = recipe(*odd), .source = {}});
  refuse("{}: its {} were made in another way than those of {}: {}; run shard {} again as the others",
         odd->path, of, one->path, why, to_string(odd->plan.shard));
}

[[noreturn]] void refuse_division(const ShardFacts& file, const std::string& trouble) {
  refuse(
      "{}: {}, as lengths were not the same where the shards ran: run all of them again, without --balance",
      file.path, trouble);
}

}  // namespace

int count_of_shards(const fs::path& whole) {
  const std::string of = whole_name(whole.filename().native());
  expect_request(of.empty(), "{} is a shard itself: give the name that --json had, {}", whole,
                 whole.parent_path() / of);
  const std::map<int, fs::path> counts = counts_beside(whole);
  expect_request(!counts.empty(), "{}: no shard of it is finished, there is no {} and none of another number",
                 whole, shard_path(whole, {0, 2}).filename());
  expect_request(
      counts.size() == 1,
      "{}: there are shards of {} and of {}, which belong to two runs: move {} or {} away, with those "
      "of its kind",
      whole, counts.begin()->first, counts.rbegin()->first, counts.begin()->second, counts.rbegin()->second);
  return counts.begin()->first;
}

void expect_all_there(const fs::path& whole, int count,
                      const std::function<std::string(const fs::path&)>& how_far) {
  std::vector<std::string> missing;
  for (int index = 0; index < count; ++index) {
    const Shard shard{index, count};
    const fs::path path = shard_path(whole, shard);
    std::error_code unknown;
    if (fs::exists(path, unknown)) continue;
    const std::string begun = how_far(path);
    missing.push_back(to_string(shard) + (begun.empty() ? "" : fmt::format(" ({})", begun)));
  }
  expect_request(
      missing.empty(),
      "{}: {} of {} shards {} missing: {}; run each again with --shard, and with --resume where it "
      "was begun",
      whole, missing.size(), count, missing.size() == 1 ? "is" : "are", fmt::join(missing, ", "));
}

void expect_shard(const ShardFacts& facts, const Shard& shard) {
  expect_request(facts.plan.shard == shard,
                 "{}: it holds shard {}, under another shard's name: run --shard {} again", facts.path,
                 to_string(facts.plan.shard), to_string(shard));
}

void expect_file(const fs::path& path) {
  std::error_code unknown;
  expect_request(fs::is_regular_file(path, unknown),
                 "{}: it is no file: move it away, and run the shard again",
                 path);  // a pipe would be waited for
}

void expect_one_run(const std::vector<ShardFacts>& files) {
  if (const auto [one, odd] = odd_one(files, [](const ShardFacts& file) { return file.plan.list; });
      odd != nullptr) {
    refuse("{}: it is of another list of videos ({}) than {} ({}): run shard {} again with the same list",
           odd->path, odd->plan.videos, one->path, one->plan.videos, to_string(odd->plan.shard));
  }
  if (const auto [one, odd] =
          odd_one(files, [](const ShardFacts& file) { return to_string(file.plan.division); });
      odd != nullptr) {
    const bool balanced = odd->plan.division == Division::length;
    refuse("{}: it was made with{} --balance, and {} with{}: run shard {} again as the others", odd->path,
           balanced ? "" : "out", one->path, balanced ? "out" : "", to_string(odd->plan.shard));
  }
  expect_same_recipe(files, "labels",
                     [](const ShardFacts& file) -> const Recipe& { return file.recipes.labels; });
  expect_same_recipe(files, "features",
                     [](const ShardFacts& file) -> const Recipe& { return file.recipes.features; });
  expect_same_recipe(files, "explanations",
                     [](const ShardFacts& file) -> const Recipe& { return file.recipes.explanation; });
}

std::vector<ShardPlace> places_of_list(const std::vector<ShardFacts>& files) {
  std::vector<ShardPlace> list(files.front().plan.videos);
  for (std::size_t file = 0; file < files.size(); ++file) {
    const std::vector<std::size_t>& places = files[file].plan.places;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] >= list.size()) refuse_division(files[file], "it has videos behind the end of the list");
      ShardPlace& place = list[places[i]];
      if (place.shard >= 0)
        refuse_division(files[file],
                        fmt::format("a video of it is in shard {} too",
                                    to_string(files[static_cast<std::size_t>(place.shard)].plan.shard)));
      place = {static_cast<int>(file), i};
    }
  }
  const auto absent = std::ranges::count(list, -1, &ShardPlace::shard);
  if (absent > 0)
    refuse_division(files.front(), fmt::format("{} videos of its list are in no shard", absent));
  return list;
}

}  // namespace c3d
