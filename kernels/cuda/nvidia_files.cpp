#include "kernels/cuda/nvidia_files.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "engine/io/installed_folders.h"

namespace c3d::cuda {

std::vector<std::string> nvidia_files(const std::string& name, const std::vector<std::string>& wheels,
                                      const std::string& built_with) {
  std::vector<std::string> files;
  std::error_code unknown;
  for (const std::string& wheel : wheels) {
    for (const std::filesystem::path& folder : installed_folders(fmt::format("nvidia/{}/lib", wheel))) {
      const std::filesystem::path file = folder / name;
      if (std::filesystem::exists(file, unknown)) files.push_back(file);
    }
  }
  files.push_back(name);
  if (std::filesystem::exists(built_with, unknown)) files.push_back(built_with);
  return files;
}

std::string pip_command() {
  constexpr int kMajor = CUDART_VERSION / 1000;
  constexpr int kFirstWithoutSuffix = 13;
  return fmt::format("pip install nvidia-cudnn-cu{} nvidia-cublas{}", kMajor,
                     kMajor < kFirstWithoutSuffix ? fmt::format("-cu{}", kMajor) : "");
}

}  // namespace c3d::cuda
