// NumPy's .npy files, version 1.0: a table of float32, row after row. The format is described in
// numpy.lib.format; weights/npy_array.h reads it.
#pragma once

#include <cstdint>
#include <string>

namespace c3d {

// The header of a table [rows, size]; the values begin on a 64-byte boundary.
std::string npy_header(std::int64_t rows, std::int64_t size);

}  // namespace c3d
