// Elements as elementwise loops see them: read as f32, written as f32 or rounded to bf16. Always inline: out
// of line, files compiled for different instruction sets would share one of these functions.
#pragma once

#include <cstdint>

#include "engine/core/bfloat16.h"

namespace c3d::cpu {

[[gnu::always_inline]] inline void store(float value, float& element) { element = value; }
[[gnu::always_inline]] inline void store(float value, BFloat16& element) { element = to_bfloat16(value); }

// The element, or zero. (Of bf16 the bits are chosen: GCC 12 vectorizes no choice between structs.)
[[gnu::always_inline]] inline float only_if(bool condition, float element) {
  return condition ? element : 0.0f;
}
[[gnu::always_inline]] inline BFloat16 only_if(bool condition, BFloat16 element) {
  return {condition ? element.bits : static_cast<std::uint16_t>(0)};
}

}  // namespace c3d::cpu
