#include "engine/core/tensor.h"

namespace c3d {

const char* to_string(DType type) {
  switch (type) {
    case DType::f32:
      return "f32";
    case DType::bf16:
      return "bf16";
    case DType::u8:
      return "u8";
    case DType::i32:
      return "i32";
    case DType::e4m3:
      return "e4m3";
  }
  return "?";
}

}  // namespace c3d
