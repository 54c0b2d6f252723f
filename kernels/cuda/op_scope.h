// For as long as an op's call lasts: the backend's GPU is the calling thread's current one, and profilers
// show a range with the op's name.
#pragma once

#include <nvtx3/nvToolsExt.h>

#include "kernels/cuda/check.h"

namespace c3d::cuda {

class OpScope {
 public:
  OpScope(int device, const char* op) {
    check(cudaSetDevice(device), "choosing GPU {}", device);
    nvtxRangePushA(op);
  }
  ~OpScope() { nvtxRangePop(); }
  OpScope(const OpScope&) = delete;
  OpScope& operator=(const OpScope&) = delete;
};

}  // namespace c3d::cuda
