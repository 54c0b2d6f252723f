#include "engine/core/cache_folder.h"

#include <cstdlib>

namespace c3d {
namespace {

// Empty where it is not set, or leads elsewhere from each working folder.
std::filesystem::path named(const char* variable) {
  const char* value = std::getenv(variable);
  const std::filesystem::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : std::filesystem::path();
}

}  // namespace

std::filesystem::path user_cache_folder() {
  if (const std::filesystem::path cache = named("XDG_CACHE_HOME"); !cache.empty()) return cache / "c3d";
  if (const std::filesystem::path home = named("HOME"); !home.empty()) return home / ".cache/c3d";
  return {};
}

}  // namespace c3d
