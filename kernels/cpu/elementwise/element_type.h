// From the type of a tensor to the type of its elements.
#pragma once

#include "engine/core/tensor.h"

namespace c3d::cpu {

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
