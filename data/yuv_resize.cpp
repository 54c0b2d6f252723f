#include "data/yuv_resize.h"

#include <algorithm>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::size_t kVector = 32;  // elements of 16 bits in the widest vectors
constexpr std::int16_t kChromaOffset = 8 * 128;

std::size_t whole_vectors(int width) {
  return (static_cast<std::size_t>(width) + kVector - 1) / kVector * kVector;
}

// Of columns of the source, where a byte stands for `pixels` of them.
std::vector<BytePair> byte_pairs(const std::vector<ColumnTap>& columns, int pixels) {
  std::vector<BytePair> pairs;
  pairs.reserve(columns.size());
  for (const ColumnTap& column : columns) pairs.push_back({column.near / pixels, column.far / pixels});
  return pairs;
}

std::vector<ColumnTap> checked_columns(int source_width, int source_height, int width, int height) {
  expect(source_width >= YuvResizer::kLeastWidth && source_height > 0 && width > 0 && height > 0,
         "resize: {}x{} to {}x{}: the source must have at least {} columns, every other side 1", source_width,
         source_height, width, height, YuvResizer::kLeastWidth);
  return column_taps(source_width, width);
}

}  // namespace

YuvToRgb yuv_to_rgb(const int* matrix, bool full_range) {
  const auto factor = [](std::int64_t of_65536) {  // in 1/8192, rounded
    return static_cast<std::int16_t>(std::clamp<std::int64_t>((of_65536 + 4) >> 3, -32768, 32767));
  };
  const auto chroma = [&](std::int64_t value) { return factor(full_range ? value * 224 / 255 : value); };
  YuvToRgb result;
  result.luma_offset = full_range ? 0 : 8 * 16;
  result.luma = factor(full_range ? 65536 : 65536 * 255 / 219);
  result.red_v = chroma(matrix[0]);
  result.blue_u = chroma(matrix[1]);
  result.green_u = chroma(-std::int64_t{matrix[2]});
  result.green_v = chroma(-std::int64_t{matrix[3]});
  return result;
}

YuvResizer::YuvResizer(int source_width, int source_height, bool half_chroma_rows, int width, int height)
    : YuvResizer(checked_columns(source_width, source_height, width, height), source_width,
                 row_taps(source_height, height), half_chroma_rows, fastest_pixel_loops()) {}

YuvResizer::YuvResizer(const std::vector<ColumnTap>& columns, int source_width, std::vector<RowTap> rows,
                       bool half_chroma_rows, const PixelLoops& loops)
    : loops_(&loops),
      width_(columns.size()),
      columns_(whole_vectors(static_cast<int>(columns.size()))),
      chroma_shift_(half_chroma_rows ? 1 : 0),
      rows_(std::move(rows)),
      weights_(columns_),
      luma_pairs_(byte_pairs(columns, 1), source_width, loops),
      chroma_pairs_(byte_pairs(columns, 2), (source_width + 1) / 2, loops),
      pairs_(columns_ + BytePairs::kSlack),
      planes_(3 * columns_) {
  std::ranges::transform(columns, weights_.begin(), &ColumnTap::weight);
  for (Terms* terms : {&luma_, &red_, &green_, &blue_}) {
    terms->near.resize(columns_);
    terms->far.resize(columns_);
  }
  for (auto& row : buffered_) row.resize(3 * columns_);
}

void YuvResizer::take_chroma(const YuvPlanes& source, const YuvToRgb& colours, int row) {
  const auto gather = [&](std::size_t plane) {
    chroma_pairs_.gather(source.data[plane] + row * source.stride[plane], pairs_.data());
  };
  const auto scale = [&](std::int16_t factor, Terms& out) {
    loops_->scale_pairs(pairs_.data(), kChromaOffset, factor, out.near.data(), out.far.data(), columns_);
  };
  gather(1);
  scale(colours.blue_u, blue_);
  scale(colours.green_u, green_);
  gather(2);
  scale(colours.red_v, red_);
  loops_->add_scaled_pairs(pairs_.data(), kChromaOffset, colours.green_v, green_.near.data(),
                           green_.far.data(), columns_);
  chroma_row_ = row;
}

const std::int16_t* YuvResizer::stretched(const YuvPlanes& source, const YuvToRgb& colours, int row) {
  for (int slot = 0; slot < 2; ++slot) {
    if (buffered_row_[slot] == row) return buffered_[slot].data();
  }
  const int slot = buffered_row_[0] < buffered_row_[1] ? 0 : 1;  // the row further up is done with
  if (row >> chroma_shift_ != chroma_row_) take_chroma(source, colours, row >> chroma_shift_);
  luma_pairs_.gather(source.data[0] + row * source.stride[0], pairs_.data());
  loops_->scale_pairs(pairs_.data(), colours.luma_offset, colours.luma, luma_.near.data(), luma_.far.data(),
                      columns_);
  std::int16_t* out = buffered_[slot].data();
  for (const Terms* colour : {&red_, &green_, &blue_}) {
    loops_->stretch_colour(luma_.near.data(), luma_.far.data(), colour->near.data(), colour->far.data(),
                           weights_.data(), out, columns_);
    out += columns_;
  }
  buffered_row_[slot] = row;
  return buffered_[slot].data();
}

void YuvResizer::run(const YuvPlanes& source, const YuvToRgb& colours, std::uint8_t* out) {
  buffered_row_[0] = buffered_row_[1] = chroma_row_ = -1;
  const std::uint8_t* planes = planes_.data();
  for (const RowTap& row : rows_) {
    const std::int16_t* above = stretched(source, colours, row.above);
    const std::int16_t* below = stretched(source, colours, row.below);
    loops_->blend_rows(above, below, row.above_weight, row.below_weight, planes_.data(), planes_.size());
    loops_->interleave(planes, planes + columns_, planes + 2 * columns_, out, width_);
    out += 3 * width_;
  }
}

}  // namespace c3d
