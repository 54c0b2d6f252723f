// The CUDA runtime's resources as owners that free themselves, and the two ways to get device memory: one
// that fails with how much was wanted and how much is there, and a grow-only block for each purpose of
// scratch. Not thread-safe.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <cstdint>

#include "engine/core/backend.h"
#include "engine/core/handle.h"

namespace c3d::cuda {

using DeviceMemory = Handle<std::byte, cudaFree>;
using PinnedMemory = Handle<std::byte, cudaFreeHost>;
using Stream = Handle<CUstream_st, cudaStreamDestroy>;
using CudaEvent = Handle<CUevent_st, cudaEventDestroy>;
using Graph = Handle<CUgraph_st, cudaGraphDestroy>;
using GraphExecutable = Handle<CUgraphExec_st, cudaGraphExecDestroy>;

DeviceMemory allocate_device(std::size_t bytes, const char* purpose);  // OutOfMemory
PinnedMemory allocate_pinned(std::size_t bytes);
Stream make_stream();
CudaEvent make_event(unsigned flags = cudaEventDefault);

enum class Purpose {
  convolved,        // a convolution's output, or its gradient, inside a fused op
  filter_gradient,  // as cuDNN gives it, before it is added to the gradient's own place
  library,          // the workspace of cuDNN and cuBLAS
  partials,         // partial sums of our reductions
  sums,             // of a matrix product, before they are scaled and rounded
  count
};

class Workspace {
 public:
  // Valid until the next call for the same purpose. 256-byte aligned. Growing waits for the device; NotRecordable
  // where it would have to grow while a step is recorded.
  std::byte* get(Purpose purpose, std::size_t bytes);
  Tensor tensor(Purpose purpose, const Shape& shape, DType type);  // likewise
  std::size_t bytes() const;
  // Changes whenever memory that was handed out before is gone.
  std::uint64_t generation() const { return generation_; }
  // Nothing may grow, or everything may again.
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }
  bool is_frozen() const { return frozen_; }

 private:
  struct Block {
    DeviceMemory data;
    std::size_t bytes = 0;
  };
  std::array<Block, static_cast<std::size_t>(Purpose::count)> blocks_;
  std::uint64_t generation_ = 0;
  bool frozen_ = false;
};

}  // namespace c3d::cuda
