// PyTorch's files of tensors by name. Reads what torch.save writes: the zip of PyTorch 1.6 and later and the
// stream before it, a state dict alone or inside a checkpoint; no code in them is run. All types become f32.
// A file is read into memory, which the tensors that are views of it keep. Sources: torch.serialization,
// caffe2/serialize. Needs libzip; a build without has a stand-in that says so.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "engine/io/named_tensors.h"

namespace c3d {

// Whether the file starts as one of PyTorch's does (of any age: the very old are refused by name in reading).
bool is_torch_file(std::span<const std::byte> start);

// The file's own names. Errors name the file.
NamedTensors read_torch_file(const std::filesystem::path& path);
// The same from memory; `owner` keeps `file`.
NamedTensors read_torch_bytes(std::span<const std::byte> file, const std::shared_ptr<const void>& owner);

// Atomically: a state dict (OrderedDict) that torch.load(weights_only=True) opens. f32 only; at most 4 GiB.
// The metadata go beside it, where PyTorch does not look and read_torch_file does.
void write_torch_file(const std::filesystem::path& path, const NamedTensors& tensors);

}  // namespace c3d
