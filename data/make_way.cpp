#include "data/make_way.h"

#include <fmt/format.h>

#include <system_error>

namespace c3d {

namespace fs = std::filesystem;

void make_way(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (!fs::is_directory(fs::symlink_status(file, error))) return;
  fs::path other = fs::path(file) += ".old";
  for (int number = 2; fs::exists(fs::symlink_status(other, error)); ++number) {
    other = fs::path(file) += fmt::format(".old{}", number);
  }
  fs::rename(file, other, error);
}

}  // namespace c3d
