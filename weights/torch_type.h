// The element types of PyTorch's storages, each with the way to float. Reads of any alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace c3d {

struct TorchType {
  std::string_view storage;  // the storage class: "FloatStorage"
  std::size_t bytes;         // of an element
  // `count` elements from `from`, each `stride` elements after the one before.
  void (*convert)(const std::byte* from, std::int64_t stride, std::int64_t count, float* to);
};

const TorchType* find_torch_type(std::string_view storage);  // nullptr: none of that name
bool is_float32(const TorchType& type);

}  // namespace c3d
