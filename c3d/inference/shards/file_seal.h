// A line behind a whole file that says its SHA-256, so that damage is seen before a library that is not made for damaged files reads it.
// libhdf5 passes over what stands behind its own bytes. Functions that touch the disk; Error: it cannot be read or written.
#pragma once

#include <cstdint>
#include <filesystem>

namespace c3d {

enum class FileSeal : std::uint8_t { none, holds, broken };

// The file has no seal yet.
void seal_file(const std::filesystem::path& path);
// none: also where there is no such file.
FileSeal file_seal(const std::filesystem::path& path);

}  // namespace c3d
