// Reading one video's table of features out of an HDF5 file of either layout (H5Layout). Needs libhdf5; a
// build without has a stand-in that says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace c3d {

struct H5Values {
  std::vector<std::int64_t> extents;
  std::vector<float> values;
};

// ids: what the video may be called; the first that is there counts. Error: none of them is, and the nearest
// name is said; what stands there is no table of numbers.
H5Values read_h5_table(const std::filesystem::path& path, const std::vector<std::string>& ids);

// The recipe that the tables in the file say they were made by (feature_recipe.h), as JSON. "": none says it. Error: they were made
// in different ways.
std::string h5_recipe_file(const std::filesystem::path& path);

}  // namespace c3d
