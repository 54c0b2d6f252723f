// NumPy's .npy files: tables of float32 are written (version 1.0), arrays of floating point read. The format
// is described in numpy.lib.format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/io/named_tensors.h"

namespace c3d {

// What stands before the values of a table [rows, size]; the values begin on a 64-byte boundary.
std::string npy_header(std::int64_t rows, std::int64_t size);

// Atomically. values [rows, size]; what numpy.load gives has that shape.
void write_npy(const std::filesystem::path& path, std::int64_t rows, std::int64_t size,
               std::span<const float> values);

// A little-endian float32 or float64 array of up to five dimensions in C order, as f32, named like the file's
// stem. All sizes are checked against the file's before anything is allocated; errors name the file.
NamedTensor read_npy(const std::filesystem::path& path);

}  // namespace c3d
