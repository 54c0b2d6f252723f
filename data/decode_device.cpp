#include "data/decode_device.h"

#include <fmt/format.h>

#include "data/gpu_frames.h"
#include "engine/core/error.h"

namespace c3d {

std::optional<int> gpu_to_decode(DecodeOn wanted, std::optional<int> computing) {
  if (wanted == DecodeOn::cpu) return std::nullopt;
  return wanted == DecodeOn::cuda ? computing.value_or(0) : computing;
}

DecodeChoice choose_decode_device(DecodeOn wanted, std::optional<int> computing) {
  const std::optional<int> gpu = gpu_to_decode(wanted, computing);
  if (!gpu && wanted == DecodeOn::cpu) return {};
  if (!gpu) return {nullptr, "videos are decoded on the CPU, because no GPU computes"};
  try {
    return {std::make_shared<const DecodeDevice>(*gpu, wanted == DecodeOn::cuda),
            fmt::format("videos are decoded by cuda:{}", *gpu)};
  } catch (const Error& error) {
    if (wanted == DecodeOn::cuda) throw;
    return {nullptr, "videos are decoded on the CPU: " + error.message()};
  }
}

}  // namespace c3d
