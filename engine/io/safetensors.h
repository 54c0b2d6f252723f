// safetensors (github.com/huggingface/safetensors): u64 little-endian header length, JSON header, raw bytes.
// The one native format: weights, checkpoints, golden files.
#pragma once

#include <filesystem>

#include "engine/io/named_tensors.h"

namespace c3d {

// Reads the file into memory and checks everything before use: header at most 100 MB, offsets contiguous from
// 0 to the end, sizes equal to shape times element size, no duplicate name; and, in a file that this program
// wrote, the checksums of the header and of each tensor (safetensors_sums.h). Tensors come in the order of
// their offsets. F32, BF16, U8 and I32 are views of that memory (copies where they are not aligned); F64,
// F16, I16, U16 and I8 become f32; I64, U64 and U32 become i32 and must fit. Errors name the file.
NamedTensors read_safetensors(const std::filesystem::path& path);

// Atomically, with checksums, metadata as `__metadata__`. Types with larger elements come first, so that each
// tensor is aligned; else the order is kept. Text that is not UTF-8 is written with replacement characters.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors);

}  // namespace c3d
