#include "kernels/cuda/cublas_lt.h"

#include <dlfcn.h>

#include "engine/core/error.h"

namespace c3d::cuda {
namespace {

std::string last_error() {
  const char* text = dlerror();
  return text != nullptr ? text : "no reason is given";
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  void* found = dlsym(library, name);
  expect(found != nullptr, "cuda: cuBLAS lacks {}: {}", name, last_error());
  function = reinterpret_cast<Function>(found);
}

}  // namespace

CublasLt open_cublas_lt(const std::string& file, const std::string& other_file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const std::string reason = last_error();
    library = dlopen(other_file.c_str(), RTLD_NOW | RTLD_LOCAL);
    expect(library != nullptr,
           "cuda: cuBLAS cannot be opened: {}; {}: install NVIDIA's package libcublas, or name its folder in "
           "LD_LIBRARY_PATH",
           reason, last_error());
  }
  CublasLt found{};
  find(library, "cublasLtCreate", found.create);
  find(library, "cublasLtDestroy", found.destroy);
  find(library, "cublasLtGetStatusString", found.status_string);
  find(library, "cublasLtMatmul", found.matmul);
  find(library, "cublasLtMatmulAlgoGetHeuristic", found.heuristic);
  find(library, "cublasLtMatmulDescCreate", found.create_descriptor);
  find(library, "cublasLtMatmulDescDestroy", found.destroy_descriptor);
  find(library, "cublasLtMatmulDescSetAttribute", found.set_descriptor);
  find(library, "cublasLtMatrixLayoutCreate", found.create_layout);
  find(library, "cublasLtMatrixLayoutDestroy", found.destroy_layout);
  find(library, "cublasLtMatmulPreferenceCreate", found.create_preference);
  find(library, "cublasLtMatmulPreferenceDestroy", found.destroy_preference);
  find(library, "cublasLtMatmulPreferenceSetAttribute", found.set_preference);
  return found;
}

const CublasLt& cublas_lt() {
  static const CublasLt functions =
      open_cublas_lt(fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR), C3D_CUBLASLT_FILE);
  return functions;
}

}  // namespace c3d::cuda
