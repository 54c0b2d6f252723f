// Reading NumPy's .npy files, as numpy.lib.format describes them: versions 1 to 3, little-endian float32 and
// float64, either order. Everything the header says is checked against the file before memory is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace c3d {

struct NpyArray {
  std::vector<std::int64_t> extents;
  std::vector<float> values;  // in C order: the last index runs fastest
};

bool looks_like_npy(std::span<const std::byte> head);
NpyArray parse_npy(std::span<const std::byte> file);

}  // namespace c3d
