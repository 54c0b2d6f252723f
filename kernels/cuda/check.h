// check(status, "what was being done {}", ...): the one way a status of the CUDA runtime, cuDNN or cuBLAS
// becomes an Error. The text says what was tried, in which library it failed and with which words; cuDNN adds
// its own last message, which usually names the reason.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <string>

#include "engine/core/error.h"
#include "kernels/cuda/cublas_lt.h"
#include "kernels/cuda/cudnn_library.h"

namespace c3d::cuda {

inline bool succeeded(cudaError_t status) { return status == cudaSuccess; }
inline bool succeeded(cudnnStatus_t status) { return status == CUDNN_STATUS_SUCCESS; }
inline bool succeeded(cublasStatus_t status) { return status == CUBLAS_STATUS_SUCCESS; }

inline std::string words_of(cudaError_t status) {
  return fmt::format("CUDA says '{}' ({})", cudaGetErrorString(status), cudaGetErrorName(status));
}
inline std::string words_of(cudnnStatus_t status) {
  std::array<char, 512> last{};
  cudnn().last_error(last.data(), last.size());
  return fmt::format("cuDNN says {} {}", cudnn().error_string(status), last.data());
}
inline std::string words_of(cublasStatus_t status) {
  return fmt::format("cuBLAS says {}", cublas_lt().status_string(status));
}

template <typename Status, typename... Args>
void check(Status status, LocatedFormat<std::type_identity_t<Args>...> what, const Args&... args) {
  if (succeeded(status)) return;
  throw Error(fmt::format("cuda: {} failed: {}", formatted(what.format, shown(args)...), words_of(status)),
              what.where);
}

}  // namespace c3d::cuda
