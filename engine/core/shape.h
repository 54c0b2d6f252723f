// The extents of a tensor, up to five, in the order the project always uses: N D H W C (and K kd kh kw C for
// filters).
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace c3d {

class Shape {
 public:
  static constexpr int kMaxRank = 5;

  Shape() = default;  // rank 0: one element
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const;  // checked
  std::int64_t count() const;               // number of elements
  // The same shape with another first extent: a part of a batch.
  Shape with_first(std::int64_t extent) const;
  std::span<const std::int64_t> extents() const { return {extents_.data(), static_cast<std::size_t>(rank_)}; }

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

std::string to_string(const Shape& shape);  // "[2, 16, 112, 112, 8]"

}  // namespace c3d

// As to_string() has it. For messages that are seldom needed: a check that holds makes no string.
template <>
struct fmt::formatter<c3d::Shape> : fmt::formatter<fmt::string_view> {
  auto format(const c3d::Shape& shape, fmt::format_context& context) const -> fmt::format_context::iterator;
};
