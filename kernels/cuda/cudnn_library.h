// cuDNN's functions, found in its shared library at the first call of cudnn(); nvidia_files.h says where.
#pragma once

#include <cudnn_graph.h>

#include <string>
#include <vector>

#include "engine/core/handle.h"

namespace c3d::cuda {

struct Cudnn {
  decltype(&cudnnBackendCreateDescriptor) create_descriptor;
  decltype(&cudnnBackendDestroyDescriptor) destroy_descriptor;
  decltype(&cudnnBackendExecute) execute;
  decltype(&cudnnBackendFinalize) finalize;
  decltype(&cudnnBackendGetAttribute) get_attribute;
  decltype(&cudnnBackendSetAttribute) set_attribute;
  decltype(&cudnnCreate) create;
  decltype(&cudnnDestroy) destroy;
  decltype(&cudnnGetCudartVersion) cuda_version;
  decltype(&cudnnGetErrorString) error_string;
  decltype(&cudnnGetLastErrorString) last_error;
  decltype(&cudnnGetVersion) version;
  decltype(&cudnnSetStream) set_stream;
};

// Throws Error where the library, or a function of it, is not found. Any thread.
const Cudnn& cudnn();
// The same of these files, the first that can be opened. The library stays open until the program ends.
Cudnn open_cudnn(const std::vector<std::string>& files);

// Older versions give wrong results for large bf16 convolutions in three dimensions (9.8 to 9.14).
constexpr std::size_t kOldestCudnn = 91500;

// Why a cuDNN of this version, made for this version of CUDA, cannot be used; empty: it can. Versions as the library gives
// them: 91900, 13010. Pure.
std::string cudnn_misfit(std::size_t version, std::size_t cuda_version);

std::string cudnn_version_text(std::size_t version);  // "9.19.0"

// Frees by a function of the library, which was opened when the resource was made.
template <auto member>
inline constexpr auto kFreedByCudnn = [](auto* resource) { return (cudnn().*member)(resource); };

using CudnnHandle = Handle<cudnnContext, kFreedByCudnn<&Cudnn::destroy>>;

}  // namespace c3d::cuda
