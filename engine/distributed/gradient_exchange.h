// One gradient of all ranks, whatever memory it is in: from a device's it goes through pinned memory of the host.
#pragma once

#include "engine/core/backend.h"
#include "engine/distributed/communicator.h"

namespace c3d {

// f32 [elements] in the backend's memory, see Communicator::all_reduce(). The sum is there on return.
void all_reduce(Communicator& ranks, Backend& backend, Tensor values_in_place, int contributors);

// The lead's values to all ranks.
void broadcast(Communicator& ranks, Backend& backend, Tensor values_in_place);

// A number by which ranks see whether their values are the same: of the host's memory a CRC-32C, of a device's the bits of the
// sum of squares. `scalar`: f32 [1] on the device.
std::uint32_t checksum(Backend& backend, ConstTensor values, Tensor scalar);

}  // namespace c3d
