#include "data/resize.h"

#include <algorithm>
#include <cstring>

#include "engine/core/error.h"

namespace c3d {
namespace {

// Copies pixels from first to last; Bytes 4 takes one byte too many, which is faster than 3.
template <std::size_t Bytes>
void gather(const std::uint8_t* __restrict row, const std::int32_t* offsets, std::size_t first,
            std::size_t last, std::uint8_t* __restrict out) {
  for (std::size_t x = first; x < last; ++x) std::memcpy(out + 3 * x, row + offsets[x], Bytes);
}

}  // namespace

Resizer::Resizer(int source_width, int source_height, int width, int height)
    : loops_(&fastest_pixel_loops()) {
  expect(source_width > 0 && source_height > 0 && width > 0 && height > 0,
         "resize: {}x{} to {}x{}: every side must be at least 1", source_width, source_height, width, height);
  const auto row_values = static_cast<std::size_t>(width) * 3;
  near_.reserve(static_cast<std::size_t>(width));
  far_.reserve(static_cast<std::size_t>(width));
  weights_.reserve(row_values);
  for (const ColumnTap& column : column_taps(source_width, width)) {
    if (std::max(column.near, column.far) < source_width - 1) inner_ = near_.size() + 1;
    near_.push_back(column.near * 3);
    far_.push_back(column.far * 3);
    weights_.insert(weights_.end(), 3, column.weight);
  }
  rows_ = row_taps(source_height, height);
  near_pixels_.resize(row_values + 1);  // gather<4>'s byte too many
  far_pixels_.resize(row_values + 1);
  for (auto& row : buffered_) row.resize(row_values);
}

const std::int16_t* Resizer::stretched(const std::uint8_t* source, std::ptrdiff_t source_stride, int row) {
  for (int slot = 0; slot < 2; ++slot) {
    if (buffered_row_[slot] == row) return buffered_[slot].data();
  }
  const int slot = buffered_row_[0] < buffered_row_[1] ? 0 : 1;  // the row further up is done with
  const std::uint8_t* pixels = source + row * source_stride;
  gather<4>(pixels, near_.data(), 0, inner_, near_pixels_.data());
  gather<4>(pixels, far_.data(), 0, inner_, far_pixels_.data());
  gather<3>(pixels, near_.data(), inner_, near_.size(), near_pixels_.data());
  gather<3>(pixels, far_.data(), inner_, far_.size(), far_pixels_.data());
  loops_->stretch_row(near_pixels_.data(), far_pixels_.data(), weights_.data(), buffered_[slot].data(),
                      weights_.size());
  buffered_row_[slot] = row;
  return buffered_[slot].data();
}

void Resizer::run(const std::uint8_t* source, std::ptrdiff_t source_stride, std::uint8_t* out) {
  buffered_row_[0] = buffered_row_[1] = -1;
  const std::size_t row_values = weights_.size();
  for (const RowTap& row : rows_) {
    const std::int16_t* above = stretched(source, source_stride, row.above);
    const std::int16_t* below = stretched(source, source_stride, row.below);
    loops_->blend_rows(above, below, row.above_weight, row.below_weight, out, row_values);
    out += row_values;
  }
}

}  // namespace c3d
