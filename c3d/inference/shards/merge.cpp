#include "c3d/inference/shards/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "c3d/common/bad_request.h"
#include "c3d/common/output_guard.h"
#include "c3d/inference/result_file.h"
#include "c3d/inference/shards/h5_shards.h"
#include "c3d/inference/shards/shard_file.h"
#include "c3d/inference/shards/shard_set.h"
#include "engine/core/text.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_lock.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

using ShardFiles = std::vector<std::unique_ptr<ShardFile>>;  // by index

std::string lines_begun(const fs::path& path) {
  const fs::path begun = unfinished_lines(path);
  std::error_code unknown;
  if (!fs::exists(begun, unknown)) return "";
  std::ifstream in(begun, std::ios::binary);
  std::int64_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return fmt::format("begun: {} lines", lines);
}

bool is_h5_name(const fs::path& file) {
  const std::string ending = lower_ascii(file.extension().native());
  return ending == ".h5" || ending == ".hdf5" || ending == ".hdf";
}

ShardFiles open_shards(const fs::path& whole, int count) {
  ShardFiles files;
  for (int index = 0; index < count; ++index) {
    const fs::path path = shard_path(whole, {index, count});
    expect_file(path);
    try {
      files.push_back(std::make_unique<ShardFile>(path));
    } catch (const Error& error) {
      refuse("{}", Lines{error.message()});
    }
    expect_shard(files.back()->facts(), {index, count});
  }
  return files;
}

void write_lines(const fs::path& whole, const ShardFiles& files, MergedShards& merged,
                 const std::function<void(std::int64_t, std::int64_t)>& progress) {
  std::vector<ShardFacts> facts;
  facts.reserve(files.size());
  for (const auto& file : files) facts.push_back(file->facts());
  expect_one_run(facts);
  const bool is_judged = std::ranges::any_of(facts.front().recipes.labels,
                                             [](const auto& choice) { return choice.first == kJudged; });
  expect_request(!is_judged, "{}: its shards are an evaluation's: c3d_infer evaluate --merge counts them",
                 whole);
  const std::vector<ShardPlace> places = places_of_list(facts);
  merged.videos = std::ssize(places);
  NameList list;
  AtomicFile out(whole);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::string line = files[static_cast<std::size_t>(places[i].shard)]->line(places[i].number);
    const nlohmann::ordered_json json = try_parse_ordered_json(line);
    const std::string name = json.is_object() ? get_name(json, "file") : "";
    list.add(name);
    if (!json.is_object() || json.value("status", nlohmann::ordered_json()) != "ok") {
      merged.failed.emplace_back(name, json.is_object() ? json.value("error", "") : "");
    }
    out.write(line + "\n");
    if (progress) progress(static_cast<std::int64_t>(i) + 1, merged.videos);
  }
  expect_request(list.text() == facts.front().plan.list,
                 "{}: the lines of its shards do not name the videos of their list: run all shards again",
                 whole);
  out.commit();
}

}  // namespace

MergedShards merge_shards(const fs::path& whole,
                          const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const int count = count_of_shards(whole);
  const bool is_h5 = is_h5_name(whole);
  expect_all_there(whole, count, is_h5 ? tables_begun : lines_begun);
  OutputGuard guard;
  for (int index = 0; index < count; ++index) guard.add_input(shard_path(whole, {index, count}), "the shard");
  guard.add_output(whole, "the merged file");
  expect_writable(whole);
  const FileLock lock(lock_file_of(whole), printable(whole.native()));
  MergedShards merged{.shards = count, .videos = 0, .failed = {}};
  if (is_h5) {
    merge_tables(whole, merged, progress);
  } else {
    write_lines(whole, open_shards(whole, count), merged, progress);
  }
  return merged;
}

void read_shards(const fs::path& whole, const std::function<void(const ShardFacts&)>& check,
                 const std::function<void(const nlohmann::ordered_json&)>& line) {
  const int count = count_of_shards(whole);
  expect_all_there(whole, count, lines_begun);
  const ShardFiles files = open_shards(whole, count);
  std::vector<ShardFacts> facts;
  facts.reserve(files.size());
  for (const auto& file : files) facts.push_back(file->facts());
  expect_one_run(facts);
  check(facts.front());
  for (const ShardPlace& place : places_of_list(facts)) {
    line(try_parse_ordered_json(files[static_cast<std::size_t>(place.shard)]->line(place.number)));
  }
}

}  // namespace c3d
