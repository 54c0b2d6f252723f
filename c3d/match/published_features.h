// Features that somebody published: a table of floats, from any of the formats they come in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace c3d {

struct PublishedFeatures {
  std::int64_t rows = 0, crops = 1, size = 0;
  std::vector<float> values;  // [rows, crops, size]
};

// ids: what the video may be called in an HDF5 file. Error: it cannot be read, holds no table, or numbers
// that are not finite; the file is named.
PublishedFeatures read_published(const std::filesystem::path& path, const std::vector<std::string>& ids);

}  // namespace c3d
