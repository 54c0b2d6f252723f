// Sums of all ranks' values in the memory of their GPUs, by NCCL (one rank, one GPU). A stand-in sums nothing where the build finds
// no CUDA or no NCCL.
#pragma once

#include "engine/core/all_reducer.h"
#include "engine/distributed/communicator.h"

namespace c3d {

// For values in the memory of the GPU that holds `example`. NCCL gets a stream of its own, so that its sums run beside what the
// backend's stream holds; all that it is asked may be recorded in a graph, which then every rank must do, or none.
//
// In which order it adds is NCCL's choice, by its version, the GPUs and what joins them: the same ranks on the same machine get the
// same bytes each time, and all ranks of a run the same, but not those of one process that accumulates.
//
// An obstacle, the same on all ranks: one of them has no NCCL, or two share a GPU. Collective. Borrows `ranks` for this call. Error:
// NCCL fails.
DeviceReducer make_nccl_reducer(Communicator& ranks, ConstTensor example);

}  // namespace c3d
