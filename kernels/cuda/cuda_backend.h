// The CUDA backend: cuDNN, cuBLAS and our own kernels on one GPU.
#pragma once

#include <memory>

#include "engine/core/backend.h"

namespace c3d {

struct CudaOptions {
  int device = 0;
  Precision precision = Precision::f32;
  bool deterministic = true;
  bool measure = false;  // time each convolution's plans when it first comes; else the heuristics' first
  bool graphs = true;    // repeated steps are recorded once and launched as a whole
};

// How many GPUs can be used; 0, and why in one line, when there is none (no driver, no device, cuDNN too old,
// not built).
int cuda_device_count(std::string* why);
// definition: the reference backend of the same compute type, which the new one is compared with before it is given
// out. Error where the GPU cannot run this build, or computes otherwise.
std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options, Backend& definition);

}  // namespace c3d
