// What the name of an output promises: its ending is the format's own, and a folder is not called like a
// file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace c3d {

// The ending of the name in small letters, where it is that of a format; else empty: of `run.v2` nothing is
// known.
std::string known_ending(const std::filesystem::path& path);

// BadRequest: the name ends as those of another format do. `endings`: its own, ".png". Names without an ending
// pass, and so do pipes and devices.
void expect_ending(const std::string& option, const std::filesystem::path& path,
                   const std::vector<std::string>& endings);
// BadRequest: a folder for so many videos that is not there yet, and is called like a file.
void expect_folder_name(const std::string& option, const std::filesystem::path& path, std::size_t videos);

}  // namespace c3d
