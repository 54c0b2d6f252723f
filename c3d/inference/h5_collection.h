// One HDF5 file with the features of many videos, that grows while they are made and is whole at every
// moment. A file that libhdf5 changes may be lost when the process is killed. Therefore no file is changed:
// a video's table is written to a file of its own (h5_table.h), in the folder `.NAME.parts` beside NAME. When
// these make up a third of all, NAME and they are copied into a new file, which takes NAME's place. What a
// killed run left in the folder is put into NAME by the next. Each table says in its attributes what it was
// made from. What others put into NAME stays there.
//
// Used under NAME's lock, by one thread. Needs libhdf5; a build without has a stand-in that says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "c3d/inference/h5_table.h"
#include "c3d/inference/origin.h"

namespace c3d {

// The folder beside `file`.
std::filesystem::path h5_parts(const std::filesystem::path& file);
// Error: what is there is no HDF5 file, or holds something else than tables of features in this layout.
// Nothing and an empty file pass.
void check_h5_file(const std::filesystem::path& file, H5Layout layout);

class H5Collection {
 public:
  // Puts into the file what a killed run left. Error: as of check_h5_file().
  H5Collection(const std::filesystem::path& file, H5Layout layout);

  // Where the table of a video is to be written, and what it says of itself.
  std::filesystem::path part_of(const std::string& id) const;
  H5Place place_of(const std::string& id, const Origin& origin) const;
  // Why the table of a video must be made anew, as difference() says it; "": it is not there, or of another
  // size. nullopt: it stands.
  std::optional<std::string> complaint(const std::string& id, std::int64_t size, const Origin& now) const;
  // Error: another program put something else than a table of ours there, which add() would replace.
  void expect_replaceable(const std::string& id) const;
  void add(const std::string& id);  // its table is written
  // The file holds them all. shard: what it says of itself, where it is the file of a shard (shards/h5_shards.h), until it is
  // written to again; else "".
  void finish(const std::string& shard = "");

 private:
  void take_parts_of_earlier_run();
  void merge(const std::string& shard = "");

  std::filesystem::path path_, parts_;
  H5Layout layout_;
  std::map<std::string, std::filesystem::path> waiting_;  // files of tables, by ID
  std::uint64_t waiting_bytes_ = 0;
};

}  // namespace c3d
