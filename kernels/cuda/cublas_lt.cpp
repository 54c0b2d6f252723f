#include "kernels/cuda/cublas_lt.h"

#include <fmt/format.h>

#include "engine/core/shared_library.h"

namespace c3d::cuda {

CublasLt open_cublas_lt(const std::string& file, const std::string& other_file) {
  const SharedLibrary library("cuda: cuBLAS", "NVIDIA's package libcublas", file, other_file);
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
      open_cublas_lt(fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR), C3D_CUBLASLT_FILE);
  return functions;
}

}  // namespace c3d::cuda
