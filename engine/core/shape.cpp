#include "engine/core/shape.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "engine/core/error.h"

namespace c3d {

Shape::Shape(std::initializer_list<std::int64_t> extents)
    : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) : rank_(static_cast<int>(extents.size())) {
  expect(extents.size() <= kMaxRank, "shape: {} dimensions, at most {} are supported", extents.size(),
         kMaxRank);
  std::int64_t total = 1;
  for (const std::int64_t extent : extents) {
    expect(extent >= 0, "shape: a dimension of {} elements", extent);
    expect(extent == 0 || total <= std::numeric_limits<std::int64_t>::max() / extent,
           "shape: {} holds too many elements", extents);
    total *= extent;
  }
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

std::int64_t Shape::operator[](int axis) const {
  expect(axis >= 0 && axis < rank_, "shape: axis {} of a tensor with {} dimensions", axis, rank_);
  return extents_[static_cast<std::size_t>(axis)];
}

std::int64_t Shape::count() const {
  std::int64_t total = 1;
  for (const std::int64_t extent : extents()) total *= extent;
  return total;
}

Shape Shape::with_first(std::int64_t extent) const {
  expect(rank_ > 0, "shape: a scalar has no first dimension");
  Shape result = *this;
  result.extents_[0] = extent;
  return result;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.extents(), ", ")); }

}  // namespace c3d

auto fmt::formatter<c3d::Shape>::format(const c3d::Shape& shape, fmt::format_context& context) const
    -> fmt::format_context::iterator {
  return fmt::formatter<fmt::string_view>::format(c3d::to_string(shape), context);
}
