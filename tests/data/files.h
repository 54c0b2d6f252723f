// Small files for tests of the readers of folders and lists.
#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

namespace c3d {

// Writes a file, and the folders on the way.
inline std::filesystem::path make_file(const std::filesystem::path& file, std::string_view text = {}) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

}  // namespace c3d
