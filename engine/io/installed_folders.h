// Where files that are installed with the program or with the library may lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace c3d {

// Folders `name` (share/c3d/...) of each prefix that the program's or this library's file may stand in: from bin/, lib/ or
// lib/ARCHITECTURE/ up. The program's come first; none is named twice, and whether they are there is not asked.
std::vector<std::filesystem::path> installed_folders(const std::string& name);

}  // namespace c3d
