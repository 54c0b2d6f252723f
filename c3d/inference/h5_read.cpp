#include "c3d/inference/h5_read.h"

#include <algorithm>

#include "c3d/inference/h5_handle.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

constexpr hsize_t kMostValues = hsize_t{1} << 30;

}  // namespace

H5Values read_h5_table(const std::filesystem::path& path, const std::vector<std::string>& ids) {
  const H5Silence silence;
  const H5File file = open_h5_file(path);
  const std::vector<std::string> names = h5_names(file);
  const auto id = std::ranges::find_if(
      ids, [&](const std::string& one) { return std::ranges::find(names, one) != names.end(); });
  if (id == ids.end()) {
    fail("{}: it holds no video '{}'; the nearest of its {} names is '{}': give --id", path, ids.front(),
         names.size(), nearest(ids.front(), names));
  }
  H5Object object(H5Oopen(file.get(), id->c_str(), H5P_DEFAULT));
  if (object && H5Iget_type(object.get()) == H5I_GROUP) {
    object = H5Object(H5Oopen(object.get(), kActivitynetTable, H5P_DEFAULT));
  }
  expect(object && H5Iget_type(object.get()) == H5I_DATASET,
         "{}: '{}' is neither a table nor a group with a table {}: this layout is not known", path, *id,
         kActivitynetTable);
  const H5Space space(H5Dget_space(object.get()));
  const int rank = H5Sget_simple_extent_ndims(space.get());
  expect(rank >= 1 && rank <= 3,
         "{}: the table of '{}' has {} extents; it is [rows, size] or [rows, crops, size]", path, *id, rank);
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  hsize_t count = 1;
  for (const hsize_t extent : extents) {
    expect(extent >= 1 && extent <= kMostValues / count,
           "{}: the table of '{}' is empty or has over {} values", path, *id, kMostValues);
    count *= extent;
  }
  H5Values read{.extents = {extents.begin(), extents.end()}, .values = std::vector<float>(count)};
  if (H5Dread(object.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, read.values.data()) < 0) {
    fail("{}: the table of '{}' cannot be read: {}", path, *id, h5_reason());
  }
  return read;
}

}  // namespace c3d
