// Features of all shards in HDF5 files, put together in one. Needs libhdf5; a build without has a stand-in that says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "c3d/inference/shards/merge.h"

namespace c3d {

// Of a shard's file that is not there: "begun", or "" where nothing of it waits beside it.
std::string tables_begun(const std::filesystem::path& path);
// As merge_shards(), which has seen that all files are there and holds the lock of `whole`: the tables of all videos that did not
// fail, in one new file. Fills in `merged`, whose shards are known.
void merge_tables(const std::filesystem::path& whole, MergedShards& merged,
                  const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace c3d
