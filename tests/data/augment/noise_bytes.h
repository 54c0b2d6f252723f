// Bytes that look random and are the same everywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace c3d {

inline std::vector<std::uint8_t> noise_bytes(std::size_t count, unsigned seed) {
  std::vector<std::uint8_t> values(count);
  for (std::uint8_t& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(seed >> 24);
  }
  return values;
}

}  // namespace c3d
