// Values of all ranks, whatever memory they are in. Gradients of a device are summed there (NCCL), or go through pinned memory of
// the host.
#pragma once

#include <memory>

#include "engine/core/backend.h"
#include "engine/distributed/communicator.h"

namespace c3d {

// For Backend::reduce_by(); borrows both. nullptr: this process is alone. example: values as will be summed. Collective.
std::unique_ptr<AllReducer> make_all_reducer(Communicator& ranks, Backend& backend, ConstTensor example);

// The lead's values to all ranks.
void broadcast(Communicator& ranks, Backend& backend, Tensor values_in_place);

// A number by which ranks see whether their values are the same: of the host's memory a CRC-32C, of a device's the bits of the
// sum of squares. `scalar`: f32 [1] on the device.
std::uint32_t checksum(Backend& backend, ConstTensor values, Tensor scalar);

}  // namespace c3d
