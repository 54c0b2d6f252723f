// cublasLt's functions, found in its shared library at the first call of cublas_lt(); nvidia_files.h says where.
#pragma once

#include <cublasLt.h>

#include <string>
#include <vector>

#include "engine/core/handle.h"

namespace c3d::cuda {

struct CublasLt {
  decltype(&cublasLtCreate) create;
  decltype(&cublasLtDestroy) destroy;
  decltype(&cublasLtGetStatusString) status_string;
  decltype(&cublasLtMatmul) matmul;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&cublasLtMatmulDescCreate) create_descriptor;
  decltype(&cublasLtMatmulDescDestroy) destroy_descriptor;
  decltype(&cublasLtMatmulDescSetAttribute) set_descriptor;
  decltype(&cublasLtMatrixLayoutCreate) create_layout;
  decltype(&cublasLtMatrixLayoutDestroy) destroy_layout;
  decltype(&cublasLtMatmulPreferenceCreate) create_preference;
  decltype(&cublasLtMatmulPreferenceDestroy) destroy_preference;
  decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference;
};

// Throws Error where the library, or a function of it, is not found. Any thread.
const CublasLt& cublas_lt();
// The same of these files, the first that can be opened. The library stays open until the program ends.
CublasLt open_cublas_lt(const std::vector<std::string>& files);

// Frees by a function of the library, which was opened when the resource was made.
template <auto member>
inline constexpr auto kFreedBy = [](auto* resource) { return (cublas_lt().*member)(resource); };

using CublasLtHandle = Handle<cublasLtContext, kFreedBy<&CublasLt::destroy>>;
using MatmulDescriptor = Handle<cublasLtMatmulDescOpaque_t, kFreedBy<&CublasLt::destroy_descriptor>>;
using MatrixLayout = Handle<cublasLtMatrixLayoutOpaque_t, kFreedBy<&CublasLt::destroy_layout>>;
using MatmulPreference = Handle<cublasLtMatmulPreferenceOpaque_t, kFreedBy<&CublasLt::destroy_preference>>;

}  // namespace c3d::cuda
