#include "tools/c3d_synth/class_folders.h"

#include "engine/core/error.h"

namespace c3d {

void make_class_folders(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code error;
    std::filesystem::create_directories(folder / name, error);
    expect(!error, "{}: cannot make this folder ({})", folder / name, error.message());
  }
}

}  // namespace c3d
