// NumPy's .npy files, version 1.0: a table of float32, row after row. The format is described in
// numpy.lib.format; weights/npy_array.h reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace c3d {

// The header of a table of two extents or more, in C order; the values begin on a 64-byte boundary.
std::string npy_header(const std::vector<std::int64_t>& extents);

}  // namespace c3d
