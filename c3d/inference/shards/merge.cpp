#include "c3d/inference/shards/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <system_error>

#include "c3d/common/bad_request.h"
#include "c3d/common/output_guard.h"
#include "c3d/inference/result_file.h"
#include "c3d/inference/shards/shard_file.h"
#include "engine/core/fingerprint.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_lock.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

using ShardFiles = std::vector<std::unique_ptr<ShardFile>>;  // by index

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

std::int64_t lines_in(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::int64_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}

void expect_all_there(const fs::path& whole, int count) {
  std::vector<std::string> missing;
  for (int index = 0; index < count; ++index) {
    const Shard shard{index, count};
    const fs::path path = shard_path(whole, shard), begun = unfinished_lines(path);
    std::error_code unknown;
    if (fs::exists(path, unknown)) continue;
    std::string words = to_string(shard);
    if (fs::exists(begun, unknown)) words += fmt::format(" (begun: {} lines)", lines_in(begun));
    missing.push_back(std::move(words));
  }
  expect_request(
      missing.empty(),
      "{}: {} of {} shards {} missing: {}; run each again with --shard, and with --resume where it "
      "was begun",
      whole, missing.size(), count, missing.size() == 1 ? "is" : "are", fmt::join(missing, ", "));
}

ShardFiles open_shards(const fs::path& whole, int count) {
  ShardFiles files;
  for (int index = 0; index < count; ++index) {
    const fs::path path = shard_path(whole, {index, count});
    std::error_code unknown;
    expect_request(fs::is_regular_file(path, unknown),
                   "{}: it is no file: move it away, and run the shard again",
                   path);  // a pipe would be waited for
    try {
      files.push_back(std::make_unique<ShardFile>(path));
    } catch (const Error& error) {
      refuse("{}", Lines{error.message()});
    }
    const Shard is = files.back()->plan().shard;
    expect_request(is == Shard{index, count},
                   "{}: it holds shard {}, under another shard's name: run --shard {}/{} again", path,
                   to_string(is), index, count);
  }
  return files;
}

// The first of those of which most have the same, and one that has another; nullptr: all have the same.
std::pair<const ShardFile*, const ShardFile*> odd_one(
    const ShardFiles& files, const std::function<std::string(const ShardFile&)>& what) {
  std::map<std::string, std::vector<const ShardFile*>> groups;
  for (const auto& file : files) groups[what(*file)].push_back(file.get());
  const auto most = std::ranges::max_element(
      groups, [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  for (const auto& [key, group] : groups) {
    if (key != most->first) return {most->second.front(), group.front()};
  }
  return {nullptr, nullptr};
}

void expect_same_recipe(const ShardFiles& files, const std::string& of,
                        const std::function<const Recipe&(const ShardFile&)>& recipe) {
  const auto [one, odd] =
      odd_one(files, [&](const ShardFile& file) { return dump_json(recipe_json(recipe(file))); });
  if (odd == nullptr) return;
  const std::string why =
      difference({.recipe = recipe(*one), .source = {}}, {.recipe = recipe(*odd), .source = {}});
  refuse("{}: its {} were made in another way than those of {}: {}; run shard {} again as the others",
         odd->path(), of, one->path(), why, to_string(odd->plan().shard));
}

void expect_one_run(const ShardFiles& files) {
  if (const auto [one, odd] = odd_one(files, [](const ShardFile& file) { return file.plan().list; });
      odd != nullptr) {
    refuse("{}: it is of another list of videos ({}) than {} ({}): run shard {} again with the same list",
           odd->path(), odd->plan().videos, one->path(), one->plan().videos, to_string(odd->plan().shard));
  }
  if (const auto [one, odd] =
          odd_one(files, [](const ShardFile& file) { return to_string(file.plan().division); });
      odd != nullptr) {
    const bool balanced = odd->plan().division == Division::length;
    refuse("{}: it was made with{} --balance, and {} with{}: run shard {} again as the others", odd->path(),
           balanced ? "" : "out", one->path(), balanced ? "out" : "", to_string(odd->plan().shard));
  }
  expect_same_recipe(files, "labels",
                     [](const ShardFile& file) -> const Recipe& { return file.recipes().labels; });
  expect_same_recipe(files, "features",
                     [](const ShardFile& file) -> const Recipe& { return file.recipes().features; });
  expect_same_recipe(files, "explanations",
                     [](const ShardFile& file) -> const Recipe& { return file.recipes().explanation; });
}

struct LinePlace {
  const ShardFile* file = nullptr;
  std::size_t line = 0;
};

[[noreturn]] void refuse_division(const ShardFile& file, const std::string& trouble) {
  refuse(
      "{}: {}, as lengths were not the same where the shards ran: run all of them again, without --balance",
      file.path(), trouble);
}

// Of each video of the list, where its line stands.
std::vector<LinePlace> lines_of_list(const ShardFiles& files) {
  std::vector<LinePlace> lines(files.front()->plan().videos);
  for (const auto& file : files) {
    const std::vector<std::size_t>& places = file->plan().places;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] >= lines.size()) refuse_division(*file, "it has videos behind the end of the list");
      LinePlace& line = lines[places[i]];
      if (line.file != nullptr) {
        refuse_division(*file,
                        fmt::format("a video of it is in shard {} too", to_string(line.file->plan().shard)));
      }
      line = {file.get(), i};
    }
  }
  const auto absent = std::ranges::count(lines, nullptr, &LinePlace::file);
  if (absent > 0)
    refuse_division(*files.front(), fmt::format("{} videos of its list are in no shard", absent));
  return lines;
}

}  // namespace

MergedShards merge_shards(const fs::path& whole,
                          const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const int count = count_of_shards(whole);
  expect_all_there(whole, count);
  OutputGuard guard;
  for (int index = 0; index < count; ++index) guard.add_input(shard_path(whole, {index, count}), "the shard");
  guard.add_output(whole, "the merged file");
  expect_writable(whole);
  const FileLock lock(lock_file_of(whole), printable(whole.native()));
  const ShardFiles files = open_shards(whole, count);
  expect_one_run(files);
  const std::vector<LinePlace> lines = lines_of_list(files);
  MergedShards merged{.shards = count, .videos = static_cast<std::int64_t>(lines.size()), .failed = {}};
  NameList list;
  AtomicFile out(whole);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = lines[i].file->line(lines[i].line);
    const nlohmann::ordered_json json = try_parse_ordered_json(line);
    const std::string name = json.is_object() ? get_name(json, "file") : "";
    list.add(name);
    if (!json.is_object() || json.value("status", nlohmann::ordered_json()) != "ok") {
      merged.failed.emplace_back(name, json.is_object() ? json.value("error", "") : "");
    }
    out.write(line + "\n");
    if (progress) progress(static_cast<std::int64_t>(i) + 1, merged.videos);
  }
  expect_request(list.text() == files.front()->plan().list,
                 "{}: the lines of its shards do not name the videos of their list: run all shards again",
                 whole);
  out.commit();
  return merged;
}

}  // namespace c3d
