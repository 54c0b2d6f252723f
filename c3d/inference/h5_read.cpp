#include "c3d/inference/h5_read.h"

#include <algorithm>
#include <optional>

#include "c3d/inference/h5_handle.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

constexpr hsize_t kMostValues = hsize_t{1} << 30;

H5Object table_of(const H5File& file, const std::string& id) {
  H5Object object(H5Oopen(file.get(), id.c_str(), H5P_DEFAULT));
  if (object && H5Iget_type(object.get()) == H5I_GROUP) {
    object = H5Object(H5Oopen(object.get(), kActivitynetTable, H5P_DEFAULT));
  }
  return object;
}

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
  const H5Object object = table_of(file, *id);
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

std::string h5_recipe_file(const std::filesystem::path& path) {
  const H5Silence silence;
  const H5File file = open_h5_file(path);
  std::string recipe, first;
  for (const std::string& id : h5_names(file)) {
    const H5Object table = table_of(file, id);
    if (!table) continue;
    const std::optional<std::string> said = h5_text(table.get(), kH5RecipeFile);
    if (!said) continue;
    if (recipe.empty()) {
      recipe = *said;
      first = id;
    }
    expect(
        *said == recipe,
        "its tables '{}' and '{}' were made in different ways: write the attribute `{}` of the one that is "
        "meant into a file",
        first, id, kH5RecipeFile);
  }
  return recipe;
}

}  // namespace c3d
