// Where this program keeps what only saves time.
#pragma once

#include <filesystem>

namespace c3d {

// $XDG_CACHE_HOME/c3d or ~/.cache/c3d; an empty path where the environment names neither by an absolute path.
// It may not exist.
std::filesystem::path user_cache_folder();

}  // namespace c3d
