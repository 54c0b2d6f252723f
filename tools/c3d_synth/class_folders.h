// The folders of a set of videos.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace c3d {

// Makes FOLDER and a folder below it for each name. Error: one cannot be made.
void make_class_folders(const std::filesystem::path& folder, const std::vector<std::string>& names);

}  // namespace c3d
