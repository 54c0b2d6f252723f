// NumPy's .npy files, version 1.0: a table of float32, row after row. The format is described in
// numpy.lib.format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace c3d {

// What stands before the values of a table [rows, size]; the values begin on a 64-byte boundary.
std::string npy_header(std::int64_t rows, std::int64_t size);

// Atomically. values [rows, size]; what numpy.load gives has that shape.
void write_npy(const std::filesystem::path& path, std::int64_t rows, std::int64_t size,
               std::span<const float> values);

}  // namespace c3d
