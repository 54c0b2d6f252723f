// Compiled in place of h5_table.cpp, h5_collection.cpp, h5_handle.cpp, h5_read.cpp and shards/h5_shards.cpp when C3D_WITH_HDF5 is
// off.
#include "c3d/inference/h5_collection.h"
#include "c3d/inference/h5_read.h"
#include "c3d/inference/shards/h5_shards.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

[[noreturn]] void refuse() {
  fail(
      "this build reads and writes no HDF5 files: install libhdf5-dev, and configure it with "
      "-DC3D_WITH_HDF5=ON");
}

}  // namespace

class H5Table::Impl {};
H5Table::H5Table(const std::filesystem::path& /*path*/, const H5Place& /*place*/, std::int64_t /*rows*/,
                 std::int64_t /*size*/) {
  refuse();
}
H5Table::~H5Table() = default;
void H5Table::add(std::span<const float> /*row*/) { refuse(); }
void H5Table::commit() { refuse(); }

H5Values read_h5_table(const std::filesystem::path& /*path*/, const std::vector<std::string>& /*ids*/) {
  refuse();
}

std::string h5_recipe_file(const std::filesystem::path& /*path*/) { refuse(); }

std::filesystem::path h5_parts(const std::filesystem::path& /*file*/) { refuse(); }
void check_h5_file(const std::filesystem::path& /*file*/, H5Layout /*layout*/) { refuse(); }
H5Collection::H5Collection(const std::filesystem::path& /*file*/, H5Layout /*layout*/) { refuse(); }
std::filesystem::path H5Collection::part_of(const std::string& /*id*/) const { refuse(); }
H5Place H5Collection::place_of(const std::string& /*id*/, const Origin& /*origin*/) const { refuse(); }
std::optional<std::string> H5Collection::complaint(const std::string& /*id*/, std::int64_t /*size*/,
                                                   const Origin& /*now*/) const {
  refuse();
}
void H5Collection::expect_replaceable(const std::string& /*id*/) const { refuse(); }
void H5Collection::add(const std::string& /*id*/) { refuse(); }
void H5Collection::finish(const std::string& /*shard*/) { refuse(); }

std::string tables_begun(const std::filesystem::path& /*path*/) { refuse(); }
void merge_tables(const std::filesystem::path& /*whole*/, MergedShards& /*merged*/,
                  const std::function<void(std::int64_t, std::int64_t)>& /*progress*/) {
  refuse();
}

}  // namespace c3d
