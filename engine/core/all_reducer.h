// Sums values over the processes that train together, for Backend::all_reduce(). One thread drives it, the backend's.
#pragma once

#include <string>

#include "engine/core/tensor.h"

namespace c3d {

class AllReducer {
 public:
  AllReducer() = default;
  AllReducer(const AllReducer&) = delete;
  AllReducer& operator=(const AllReducer&) = delete;
  virtual ~AllReducer() = default;

  // For people: what sums, where, and why: "by NCCL 2.23.4 in the GPUs' memory, beside backward".
  virtual std::string description() const = 0;
  // Whether start() may stand among ops that are replayed: it then returns at once, and ops go on beside the sum.
  virtual bool runs_beside() const = 0;
  // Begins to sum f32 values of ranks 0 ... contributors - 1, in place of every rank's. All ranks start the same sums in the same
  // order. queue: the backend's own (CUDA: its stream; else nullptr); what stands in it is done before.
  virtual void start(Tensor values_in_place, int contributors, void* queue) = 0;
  // What comes into the queue after it finds the sums of all that was started.
  virtual void join(void* queue) = 0;
};

}  // namespace c3d
