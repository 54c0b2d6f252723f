#include "engine/core/cache_folder.h"

#include <cstdlib>

namespace c3d {

std::filesystem::path user_cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return std::filesystem::path(cache) / "c3d";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return std::filesystem::path(home) / ".cache/c3d";
  return {};
}

}  // namespace c3d
