// IEEE 754 half precision on the host, for files that hold it; the engine computes in f32 and bf16 only.
#pragma once

#include <bit>
#include <cstdint>

namespace c3d {

struct Float16 {
  std::uint16_t bits;
};

constexpr float to_float(Float16 value) {
  const std::uint32_t sign = (value.bits & 0x8000u) << 16, exponent = (value.bits >> 10) & 0x1fu,
                      fraction = value.bits & 0x3ffu;
  if (exponent == 0) {  // zero and subnormal: a multiple of 2^-24
    const float magnitude = static_cast<float>(fraction) * (1.0f / 16777216.0f);
    return sign == 0 ? magnitude : -magnitude;
  }
  const std::uint32_t widened = exponent == 0x1fu ? 0xffu : exponent + 112;
  return std::bit_cast<float>(sign | (widened << 23) | (fraction << 13));
}

}  // namespace c3d
