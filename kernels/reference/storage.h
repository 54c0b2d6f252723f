// Elements of either type of storage, as the loops of this folder read and write them: in double.
#pragma once

#include "engine/core/tensor.h"

namespace c3d::reference {

// Calls loop with a value of the storage type, so that a generic lambda can be compiled for float and for
// BFloat16.
template <typename Loop>
void with_storage(DType type, const Loop& loop) {
  if (type == DType::bf16) {
    loop(BFloat16{});
  } else {
    loop(float{});
  }
}

inline double load(float value) { return value; }
inline double load(BFloat16 value) { return to_float(value); }
inline void store(float& place, double value) { place = static_cast<float>(value); }
inline void store(BFloat16& place, double value) { place = to_bfloat16(static_cast<float>(value)); }

}  // namespace c3d::reference
