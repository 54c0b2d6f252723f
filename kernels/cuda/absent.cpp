// Compiled in place of the folder when the build found no CUDA toolkit.
#include "kernels/cuda/cuda_backend.h"

namespace c3d {

int cuda_device_count(std::string* why) {
  if (why != nullptr)
    *why = "this build has no CUDA backend (configure with -DC3D_WITH_CUDA=ON and a CUDA toolkit)";
  return 0;
}

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& /*options*/, Backend& /*definition*/) {
  fail(
      "this build has no CUDA backend: configure with -DC3D_WITH_CUDA=ON and a CUDA toolkit, or use --device "
      "cpu");
}

}  // namespace c3d
