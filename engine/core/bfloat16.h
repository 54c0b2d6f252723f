// bfloat16 on the host: the upper half of an IEEE float, rounded to nearest even; NaN stays NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace c3d {

struct BFloat16 {
  std::uint16_t bits;
  friend constexpr bool operator==(BFloat16, BFloat16) = default;
};

constexpr float to_float(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}
constexpr float to_float(float value) { return value; }

constexpr BFloat16 to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<std::uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

static_assert(to_bfloat16(1.0f).bits == 0x3f80);
static_assert(to_bfloat16(1.00390625f).bits == 0x3f80, "a tie rounds to even");

}  // namespace c3d
