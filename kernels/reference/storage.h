// Elements of any type of storage, as the loops of this folder read and write them: in double.
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

// The same, and for 8 bits.
template <typename Loop>
void with_any_storage(DType type, const Loop& loop) {
  if (type == DType::e4m3) {
    loop(Float8E4M3{});
  } else {
    with_storage(type, loop);
  }
}

inline double load(float value) { return value; }
inline double load(BFloat16 value) { return to_float(value); }
inline double load(Float8E4M3 value) { return to_float(value); }
inline void store(float& place, double value) { place = static_cast<float>(value); }
inline void store(BFloat16& place, double value) { place = to_bfloat16(static_cast<float>(value)); }
inline void store(Float8E4M3& place, double value) { place = to_e4m3(static_cast<float>(value)); }

}  // namespace c3d::reference
