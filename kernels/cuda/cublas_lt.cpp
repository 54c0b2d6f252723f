#include "kernels/cuda/cublas_lt.h"

#include <fmt/format.h>

#include "engine/core/shared_library.h"
#include "kernels/cuda/nvidia_files.h"

namespace c3d::cuda {

CublasLt open_cublas_lt(const std::vector<std::string>& files) {
  const SharedLibrary library("cuBLAS", pip_command(), files);
  CublasLt found{};
  library.find("cublasLtCreate", found.create);
  library.find("cublasLtDestroy", found.destroy);
  library.find("cublasLtGetStatusString", found.status_string);
  library.find("cublasLtMatmul", found.matmul);
  library.find("cublasLtMatmulAlgoGetHeuristic", found.heuristic);
  library.find("cublasLtMatmulDescCreate", found.create_descriptor);
  library.find("cublasLtMatmulDescDestroy", found.destroy_descriptor);
  library.find("cublasLtMatmulDescSetAttribute", found.set_descriptor);
  library.find("cublasLtMatrixLayoutCreate", found.create_layout);
  library.find("cublasLtMatrixLayoutDestroy", found.destroy_layout);
  library.find("cublasLtMatmulPreferenceCreate", found.create_preference);
  library.find("cublasLtMatmulPreferenceDestroy", found.destroy_preference);
  library.find("cublasLtMatmulPreferenceSetAttribute", found.set_preference);
  return found;
}

const CublasLt& cublas_lt() {
  static const CublasLt functions =
      open_cublas_lt(nvidia_files(fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR),
                                  {fmt::format("cu{}", CUBLAS_VER_MAJOR), "cublas"}, C3D_CUBLASLT_FILE));
  return functions;
}

}  // namespace c3d::cuda
