// What make_nccl_reducer() makes, of any library that has NCCL's functions: tests have one that writes down what it is asked.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/core/all_reducer.h"
#include "engine/core/handle.h"
#include "engine/distributed/communicator.h"
#include "engine/distributed/nccl/nccl_library.h"

namespace c3d {

// Where each rank's GPU is, which no two ranks may share: "host 0000:0a:00.0", or "-" and why the rank cannot take part. "": NCCL may
// sum; else why not, by the rank that is first in the way.
std::string gpu_obstacle(const Communicator& ranks, const std::vector<std::string>& places);

class GpuSums final : public AllReducer {
 public:
  // device: the GPU of this rank; no other rank has it. Collective. Borrows `library`.
  GpuSums(const Nccl& library, Communicator& ranks, int device);
  ~GpuSums() override;

  std::string description() const override;
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
