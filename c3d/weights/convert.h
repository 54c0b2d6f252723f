// From anyone's weights to a file that suffices to use the model: names, order and shapes checked against the
// network that they are of, metadata complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/tensor.h"
#include "model/preprocessing.h"
#include "weights/name_maps.h"

namespace c3d {

struct Conversion {
  std::filesystem::path in, out;
  NameMap map = NameMap::automatic;
  std::vector<std::string> reinit;  // layers that get fresh values in place of the file's
  std::int64_t classes = 0;         // of a re-initialized fc8; 0: as many as the file's
  std::uint64_t seed = 0;
  std::optional<Profile> profile = std::nullopt;  // where the file does not say how frames are prepared
  DType type = DType::f32;  // of what is written: f32, or bf16, which only .safetensors holds
};

// Error: a tensor is missing, extra or misshapen, or holds what is no number, and is not re-initialized;
// `out` is `in`.
void convert(const Conversion& conversion);

}  // namespace c3d
