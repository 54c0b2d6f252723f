#include "engine/io/installed_folders.h"

#include <dlfcn.h>

#include <algorithm>
#include <system_error>

namespace c3d {
namespace {

namespace fs = std::filesystem;

// From bin/, lib/ or lib/ARCHITECTURE/ up to the folder that holds share/.
constexpr int kMostUp = 2;

void add_folders_of(const fs::path& program, const std::string& name, std::vector<fs::path>& folders) {
  fs::path prefix = program.parent_path().parent_path();
  for (int up = 0; up < kMostUp && prefix.has_relative_path(); ++up, prefix = prefix.parent_path()) {
    const fs::path folder = prefix / name;
    if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(folder);
  }
}

}  // namespace

std::vector<fs::path> installed_folders(const std::string& name) {
  std::vector<fs::path> folders;
  std::error_code unknown;
  add_folders_of(fs::read_symlink("/proc/self/exe", unknown), name, folders);
  Dl_info object{};
  if (dladdr(reinterpret_cast<const void*>(&installed_folders), &object) != 0 &&
      object.dli_fname != nullptr) {
    add_folders_of(fs::weakly_canonical(fs::absolute(object.dli_fname), unknown), name, folders);
  }
  return folders;
}

}  // namespace c3d
