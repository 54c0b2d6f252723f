// Elements as the loops of this folder see them: read as f32, written as f32 or rounded to bf16.
#pragma once

#include "engine/core/backend.h"

namespace c3d::cpu {

inline void store(float value, float& element) { element = value; }
inline void store(float value, BFloat16& element) { element = to_bfloat16(value); }

// The element, or zero. (Of bf16 the bits are chosen: GCC 12 vectorises no choice between structs.)
inline float only_if(bool condition, float element) { return condition ? element : 0.0f; }
inline BFloat16 only_if(bool condition, BFloat16 element) {
  return {condition ? element.bits : static_cast<std::uint16_t>(0)};
}

// max(x, 0), NaN stays NaN.
inline float positive_part(float x) { return x < 0.0f ? 0.0f : x; }

// call(T{}) with T the element type of f32 or bf16 tensors.
template <typename Call>
void for_type(DType type, const Call& call) {
  if (type == DType::bf16) {
    call(BFloat16{});
  } else {
    call(float{});
  }
}

}  // namespace c3d::cpu
