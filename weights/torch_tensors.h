// From what a pickle says of tensors to the tensors: finds the state dict in a checkpoint and reads each of
// its tensors out of its storage, checking every claim against the bytes that are there.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "engine/io/named_tensors.h"
#include "weights/pickle.h"

namespace c3d {

struct StorageBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  // keeps them
};
// All bytes of a storage; an Error where the file holds other than `elements` times the element size.
using LoadStorage = std::function<StorageBytes(const PickleStorage&)>;

// The dict of tensors: the root itself, or what it holds as state_dict, model_state_dict, model and the like,
// also one in another, or its only dict of tensors whatever it is called. All become
// f32: views of the storage where it holds f32 and lies right, else copies, which together may take
// `max_copied` bytes.
NamedTensors state_dict_of(const PickleDocument& document, const LoadStorage& load, std::uint64_t max_copied);

}  // namespace c3d
