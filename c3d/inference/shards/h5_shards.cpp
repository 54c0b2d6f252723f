#include "c3d/inference/shards/h5_shards.h"

#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "c3d/common/bad_request.h"
#include "c3d/inference/h5_collection.h"
#include "c3d/inference/h5_handle.h"
#include "c3d/inference/shards/file_seal.h"
#include "c3d/inference/shards/shard_set.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct TableShard {
  H5File file;
  ShardFacts facts;
  ordered_json videos;  // as Work::finish() says them, in the order of the plan's places
};

TableShard open_shard(const fs::path& path, const Shard& shard) {
  expect_file(path);
  try {
    const FileSeal seal = file_seal(path);
    expect(seal != FileSeal::broken,
           "{}: it was damaged since it was written: remove it, and run --shard {} again", path,
           to_string(shard));
    // Only what is as it was written is given to libhdf5.
    expect(seal == FileSeal::holds || H5Fis_hdf5(path.c_str()) > 0,
           "{}: it is no HDF5 file: run --shard {} again", path, to_string(shard));
    expect(seal == FileSeal::holds, "{}: its shard is not finished: run --shard {} again, with --resume",
           path, to_string(shard));
    TableShard one{.file = open_h5_file(path), .facts = {}, .videos = {}};
    const auto text = h5_text(one.file.get(), kH5Shard);
    expect(text.has_value(), "{}: its shard is not finished: run --shard {} again, with --resume", path,
           to_string(shard));
    ordered_json json = try_parse_ordered_json(*text);
    one.facts = shard_facts_of(path, json);
    expect(json["tables"].is_array() && json["tables"].size() == one.facts.plan.places.size(),
           "{}: it does not say which videos it holds: run --shard {} again", path, to_string(shard));
    one.videos = std::move(json["tables"]);
    expect_shard(one.facts, shard);
    return one;
  } catch (const BadRequest&) {
    throw;
  } catch (const Error& error) {
    refuse("{}", Lines{error.message()});
  }
}

}  // namespace

std::string tables_begun(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(h5_parts(path), unknown) ? "begun" : "";
}

void merge_tables(const fs::path& whole, MergedShards& merged,
                  const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const H5Silence silence;
  std::vector<TableShard> shards;
  std::vector<ShardFacts> facts;
  std::uint64_t bytes = 0;
  for (int index = 0; index < merged.shards; ++index) {
    const fs::path path = shard_path(whole, {index, merged.shards});
    shards.push_back(open_shard(path, {index, merged.shards}));
    facts.push_back(shards.back().facts);
    bytes += fs::file_size(path);
  }
  expect_one_run(facts);
  const std::vector<ShardPlace> places = places_of_list(facts);
  merged.videos = std::ssize(places);
  NameList list;
  std::map<std::string, const TableShard*> tables;  // by ID, in the order in which one run writes them
  for (const ShardPlace& place : places) {
    const TableShard& shard = shards[static_cast<std::size_t>(place.shard)];
    const ordered_json& video = shard.videos[place.number];
    const std::string name = get_name(video, "file");
    list.add(name);
    if (const auto error = video.find("error"); error != video.end()) {
      merged.failed.emplace_back(name, error->get<std::string>());
    } else {
      tables.emplace(get_name(video, "id"), &shard);
    }
  }
  expect_request(list.text() == facts.front().plan.list,
                 "{}: its shards do not name the videos of their list: run all shards again", whole);
  for (const auto& [id, shard] : tables) {
    expect_request(H5Lexists(shard->file.get(), id.c_str(), H5P_DEFAULT) > 0,
                   "{}: it holds no table of '{}', which it says it has: run --shard {} again",
                   shard->facts.path, id, to_string(shard->facts.plan.shard));
  }
  // Beside the file, in a folder that is ours alone.
  const fs::path folder = h5_parts(whole);
  fs::create_directories(folder);
  H5NewFile out(folder / ".whole.part", followed(whole), bytes);
  std::int64_t done = 0;
  for (const auto& [id, shard] : tables) {
    copy_h5_object(shard->file, id, out.get(), whole);
    if (progress) progress(++done, std::ssize(tables));
  }
  out.commit();
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

}  // namespace c3d
