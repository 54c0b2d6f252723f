// What Backend's ops ask of their tensors. A message begins with the op's name and says what the tensor must
// be. All throw Error.
#pragma once

#include "engine/core/tensor.h"

namespace c3d {

// An empty tensor is a gradient or a copy that is not wanted.
inline void check_optional(const char* op, const char* name, ConstTensor tensor, const Shape& shape,
                           DType type) {
  if (tensor.empty()) return;
  expect(tensor.shape() == shape && tensor.type() == type, "{}: {} must be {} {}, but it is {} {}", op, name,
         to_string(type), shape, to_string(tensor.type()), tensor.shape());
}

inline void check_tensor(const char* op, const char* name, ConstTensor tensor, const Shape& shape,
                         DType type) {
  expect(!tensor.empty(), "{}: {} is missing", op, name);
  check_optional(op, name, tensor, shape, type);
}

inline void check_type(const char* op, const char* name, ConstTensor tensor, DType type) {
  check_tensor(op, name, tensor, tensor.shape(), type);
}

// Values are checked where the processor reads them without a copy.
inline bool on_host(ConstTensor tensor) { return tensor.memory_kind() != MemoryKind::device; }

}  // namespace c3d
