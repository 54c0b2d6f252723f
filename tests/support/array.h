// Small arrays for tests that call a backend on host memory: a vector that knows its shape and is a tensor
// where one is wanted.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/philox.h"
#include "engine/core/tensor.h"
#include "tests/support/message_of.h"

namespace c3d {

template <typename T>
struct Array {
  Array(const Shape& of_shape, std::vector<T> elements) : shape(of_shape), values(std::move(elements)) {}
  explicit Array(const Shape& of_shape)
      : shape(of_shape), values(static_cast<std::size_t>(of_shape.count()), T(99)) {}
  operator Tensor() { return host_tensor(values.data(), shape); }             // NOLINT
  operator ConstTensor() const { return host_tensor(values.data(), shape); }  // NOLINT

  Shape shape;
  std::vector<T> values;
};
using Floats = Array<float>;
using Bytes = Array<std::uint8_t>;
using Integers = Array<std::int32_t>;

// Values in [-1, 1) that depend on the seed alone.
inline Floats random_array(const Shape& shape, std::uint64_t seed) {
  Floats array(shape);
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = 2 * uniform_float(philox(seed, i, 0).word[0]) - 1;
  }
  return array;
}

}  // namespace c3d
