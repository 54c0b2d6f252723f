// What make_nccl_reducer() makes, of any library that has NCCL's functions: tests have one that writes down what it is asked.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>

#include "engine/core/all_reducer.h"
#include "engine/core/handle.h"
#include "engine/distributed/communicator.h"
#include "engine/distributed/nccl/nccl_library.h"

namespace c3d {

class GpuSums final : public AllReducer {
 public:
  // device: the GPU of this rank; no other rank has it. Collective. Borrows `library`.
  GpuSums(const Nccl& library, Communicator& ranks, int device);
  ~GpuSums() override;

  bool runs_beside() const override { return true; }
  // Nothing here waits. Where `queue` is being recorded, so is the sum, until join().
  void start(Tensor values_in_place, int contributors, void* queue) override;
  void join(void* queue) override;

 private:
  using Stream = Handle<CUstream_st, cudaStreamDestroy>;
  using Event = Handle<CUevent_st, cudaEventDestroy>;
  void check(ncclResult_t status, const char* what) const;

  const Nccl& library_;
  int rank_;
  ncclComm_t comm_ = nullptr;
  Stream stream_;
  Event ready_, done_;  // marks in the backend's stream and in this one's
  bool is_under_way_ = false;
};

}  // namespace c3d
