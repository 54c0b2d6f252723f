// The places of the cache's files.
#pragma once

#include <filesystem>

namespace c3d {

// Removes what is in a file's place, a file too. A folder that holds something is somebody's: it gets the
// name FILE.old, or FILE.old2 ... Where neither may be done, it stays.
void make_way(const std::filesystem::path& file);

}  // namespace c3d
