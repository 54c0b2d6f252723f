#include "kernels/cuda/cudnn_library.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "engine/core/shared_library.h"
#include "kernels/cuda/nvidia_files.h"

namespace c3d::cuda {

Cudnn open_cudnn(const std::vector<std::string>& files) {
  const SharedLibrary library("cuDNN", pip_command(), files);
  Cudnn found{};
  library.find("cudnnBackendCreateDescriptor", found.create_descriptor);
  library.find("cudnnBackendDestroyDescriptor", found.destroy_descriptor);
  library.find("cudnnBackendExecute", found.execute);
  library.find("cudnnBackendFinalize", found.finalize);
  library.find("cudnnBackendGetAttribute", found.get_attribute);
  library.find("cudnnBackendSetAttribute", found.set_attribute);
  library.find("cudnnCreate", found.create);
  library.find("cudnnDestroy", found.destroy);
  library.find("cudnnGetCudartVersion", found.cuda_version);
  library.find("cudnnGetErrorString", found.error_string);
  library.find("cudnnGetLastErrorString", found.last_error);
  library.find("cudnnGetVersion", found.version);
  library.find("cudnnSetStream", found.set_stream);
  return found;
}

const Cudnn& cudnn() {
  static const Cudnn functions =
      open_cudnn(nvidia_files(fmt::format("libcudnn.so.{}", CUDNN_MAJOR), {"cudnn"}, C3D_CUDNN_FILE));
  return functions;
}

std::string cudnn_misfit(std::size_t version, std::size_t cuda_version) {
  constexpr std::size_t kMajor = CUDART_VERSION / 1000;
  if (version < kOldestCudnn) {
    return fmt::format(
        "cuDNN {} is too old: its convolutions in three dimensions can be wrong; {} or newer is wanted ({})",
        cudnn_version_text(version), cudnn_version_text(kOldestCudnn), pip_command());
  }
  if (cuda_version / 1000 != kMajor) {
    return fmt::format(
        "the cuDNN that is installed is made for CUDA {}, this build wants one for CUDA {} ({})",
        cuda_version / 1000, kMajor, pip_command());
  }
  return "";
}

std::string cudnn_version_text(std::size_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

}  // namespace c3d::cuda
