// float8 e4m3 on the host and on devices: sign, 4 bits of exponent (bias 7), 3 of mantissa; no infinities, one
// NaN of each sign (Micikevicius et al. 2022, "FP8 formats for deep learning"). Normal numbers are 2^-6 to 448,
// subnormal ones multiples of 2^-9. PyTorch calls it torch.float8_e4m3fn, ONNX FLOAT8E4M3FN.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/core/bfloat16.h"

namespace c3d {

struct Float8E4M3 {
  std::uint8_t bits;
  friend constexpr bool operator==(Float8E4M3, Float8E4M3) = default;
};

inline constexpr float kLargestE4M3 = 448;

// Rounds to nearest even; what is larger than 448, infinities among it, becomes 448, and NaN stays NaN: the numbers of
// torch.float8_e4m3fn (of PyTorch 2.13; earlier ones made NaN of what is larger than 464), of cuDNN and of the
// instruction cvt.rn.satfinite.e4m3x2.
constexpr Float8E4M3 to_e4m3(float value) {
  constexpr std::uint32_t kLargest = 0x43e00000;  // 448
  constexpr std::uint32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kNormal = 0x3c800000;  // 2^-6
  constexpr std::uint32_t kUnits = 0x46800000;   // 2^14: a float beside it has steps of 2^-9
  constexpr std::uint32_t kDropped = 20, kRebias = (127 - 7) << 3;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint8_t>(bits >> 24 & 0x80u);
  std::uint32_t size = bits & 0x7fffffffu;
  if (size > kLargest) return {static_cast<std::uint8_t>(sign | (size > kInfinity ? 0x7fu : 0x7eu))};
  if (size < kNormal) {
    const float shifted = std::bit_cast<float>(size) + std::bit_cast<float>(kUnits);
    return {static_cast<std::uint8_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - kUnits))};
  }
  size += (1u << (kDropped - 1)) - 1 + (size >> kDropped & 1u);
  return {static_cast<std::uint8_t>(sign | ((size >> kDropped) - kRebias))};
}

constexpr float to_float(Float8E4M3 value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x80u) << 24, size = value.bits & 0x7fu;
  if (size == 0x7f) return std::bit_cast<float>(sign | 0x7fc00000u);
  if (size < 8) {
    const float small = static_cast<float>(size) / 512;
    return sign != 0 ? -small : small;
  }
  return std::bit_cast<float>(sign | ((size << 20) + (120u << 23)));
}

static_assert(to_e4m3(1.0f).bits == 0x38 && to_float(Float8E4M3{0x38}) == 1.0f);
static_assert(to_e4m3(448.0f).bits == 0x7e && to_e4m3(1000.0f).bits == 0x7e &&
              to_e4m3(-1000.0f).bits == 0xfe);
static_assert(to_e4m3(1.0f / 1024).bits == 0, "a tie rounds to even, to zero too");
static_assert(to_float(Float8E4M3{0xfe}) == -kLargestE4M3);

}  // namespace c3d
