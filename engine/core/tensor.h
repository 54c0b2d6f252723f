// A tensor is a view: pointer, shape, element type, kind of memory. It owns nothing and is copied freely. Its memory
// belongs to a ParameterStore (as long as the model lives), a Tape (as long as its program lives), a Batch
// (until the next batch), a file in memory, or a caller's vector. An empty Tensor (no data) means "not
// wanted" where a contract allows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "engine/core/bfloat16.h"
#include "engine/core/error.h"
#include "engine/core/float8.h"
#include "engine/core/shape.h"

namespace c3d {

enum class DType : std::uint8_t { f32, bf16, u8, i32, e4m3 };
// pinned: host memory that a device copies from asynchronously.
enum class MemoryKind : std::uint8_t { host, pinned, device };

constexpr std::size_t size_of(DType type) {
  switch (type) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::bf16:
      return 2;
    case DType::u8:
    case DType::e4m3:
      return 1;
  }
  return 0;
}
const char* to_string(DType type);

// The DType of an element type.
template <typename T>
extern const DType kDTypeOf;
template <>
inline constexpr DType kDTypeOf<float> = DType::f32;
template <>
inline constexpr DType kDTypeOf<BFloat16> = DType::bf16;
template <>
inline constexpr DType kDTypeOf<Float8E4M3> = DType::e4m3;
template <>
inline constexpr DType kDTypeOf<std::uint8_t> = DType::u8;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::i32;

template <typename Byte>  // std::byte or const std::byte, as span<T> and span<const T>
class BasicTensor {
 public:
  BasicTensor() = default;
  BasicTensor(Byte* data, const Shape& shape, DType type, MemoryKind kind = MemoryKind::host)
      : data_(data), shape_(shape), type_(type), memory_kind_(kind) {}

  // Tensor converts to ConstTensor.
  operator BasicTensor<const std::byte>() const { return {data_, shape_, type_, memory_kind_}; }  // NOLINT

  Byte* data() const { return data_; }
  const Shape& shape() const { return shape_; }
  DType type() const { return type_; }
  MemoryKind memory_kind() const { return memory_kind_; }
  bool empty() const { return data_ == nullptr; }
  std::int64_t count() const { return shape_.count(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape_.count()) * size_of(type_); }

  // The elements as T, checked against type().
  template <typename T>
  auto as() const {
    using Element = std::conditional_t<std::is_const_v<Byte>, const T, T>;
    if (type_ != kDTypeOf<T>) fail_wrong_type(kDTypeOf<T>);
    return reinterpret_cast<Element*>(data_);
  }

  // The same bytes with another shape of equal count.
  BasicTensor reshaped(const Shape& shape) const {
    expect(shape.count() == shape_.count(), "tensor: {} cannot be viewed as {}", shape_, shape);
    return {data_, shape, type_, memory_kind_};
  }

  // Rows first .. first + count - 1 of the first dimension.
  BasicTensor rows(std::int64_t first, std::int64_t count) const {
    expect(first >= 0 && count >= 0 && first + count <= shape_[0], "tensor {}: rows {} to {} do not exist",
           shape_, first, first + count);
    const std::int64_t row = shape_[0] == 0 ? 0 : shape_.count() / shape_[0];
    return {data_ + static_cast<std::size_t>(first * row) * size_of(type_), shape_.with_first(count), type_,
            memory_kind_};
  }

 private:
  // Apart, so that as() costs a comparison.
  [[noreturn]] void fail_wrong_type(DType wanted) const {
    fail("tensor {}: read as {}, but it holds {}", shape_, to_string(wanted), to_string(type_));
  }

  Byte* data_ = nullptr;
  Shape shape_{0};
  DType type_ = DType::f32;
  MemoryKind memory_kind_ = MemoryKind::host;
};

using Tensor = BasicTensor<std::byte>;
using ConstTensor = BasicTensor<const std::byte>;

// A host tensor over existing elements.
template <typename T>
auto host_tensor(T* elements, const Shape& shape) {
  using Element = std::remove_const_t<T>;
  using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
  return BasicTensor<Byte>(reinterpret_cast<Byte*>(elements), shape, kDTypeOf<Element>, MemoryKind::host);
}

}  // namespace c3d
