#include "data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kWeightOne = 2048;

struct Tap {
  int at = 0;          // the lower of the two samples; may be -1 or the last
  float fraction = 0;  // weight of the upper one
};

// OpenCV computes the place in double and rounds it to float before it takes the fraction.
Tap tap(int index, int source_size, int size) {
  const double scale = 1.0 / (static_cast<double>(size) / source_size);
  const float place = static_cast<float>((index + 0.5) * scale - 0.5);
  const int at = static_cast<int>(std::floor(place));
  return {at, place - static_cast<float>(at)};
}

std::int16_t weight(float fraction) { return static_cast<std::int16_t>(std::lrint(fraction * kWeightOne)); }

// OpenCV's (near * w_near + far * w_far) >> 4 with weights that add up to 2048, in 16-bit arithmetic: with
// near the sample of the larger weight, it is 128 near + ((near - far) 128 * (-32 w_far) >> 16), and no
// factor leaves 16 bits. __restrict in both loops: without it compilers guard against overlap and take twice
// (here) and three times (below) as long.
void stretch_row(const std::uint8_t* __restrict near, const std::uint8_t* __restrict far,
                 const std::int16_t* __restrict weights, std::int16_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto difference = static_cast<std::int16_t>((near[i] - far[i]) * 128);
    const auto moved = static_cast<std::int16_t>((difference * weights[i]) >> 16);
    out[i] = static_cast<std::int16_t>(near[i] * 128 + moved);
  }
}

void blend_rows(const std::int16_t* __restrict above, const std::int16_t* __restrict below,
                std::int16_t above_weight, std::int16_t below_weight, std::uint8_t* __restrict out,
                std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto upper = static_cast<std::int16_t>((above[i] * above_weight) >> 16);
    const auto lower = static_cast<std::int16_t>((below[i] * below_weight) >> 16);
    out[i] = static_cast<std::uint8_t>(static_cast<std::int16_t>(upper + lower + 2) >> 2);
  }
}

// Copies pixels from first to last; Bytes 4 takes one byte too many, which is faster than 3.
template <std::size_t Bytes>
void gather(const std::uint8_t* __restrict row, const std::int32_t* offsets, std::size_t first,
            std::size_t last, std::uint8_t* __restrict out) {
  for (std::size_t x = first; x < last; ++x) std::memcpy(out + 3 * x, row + offsets[x], Bytes);
}

}  // namespace

Resizer::Resizer(int source_width, int source_height, int width, int height) {
  expect(source_width > 0 && source_height > 0 && width > 0 && height > 0,
         "resize: {}x{} to {}x{}: every side must be at least 1", source_width, source_height, width, height);
  const auto row_values = static_cast<std::size_t>(width) * 3;
  near_.reserve(static_cast<std::size_t>(width));
  far_.reserve(static_cast<std::size_t>(width));
  weights_.reserve(row_values);
  rows_.reserve(static_cast<std::size_t>(height));
  for (int x = 0; x < width; ++x) {
    Tap place = tap(x, source_width, width);
    if (place.at < 0) place = {0, 0.0F};
    if (place.at >= source_width - 1) place = {source_width - 1, 0.0F};
    int near = place.at, far = std::min(place.at + 1, source_width - 1);
    std::int16_t far_weight = weight(place.fraction);
    if (far_weight > kWeightOne / 2) {
      std::swap(near, far);
      far_weight = weight(1.0F - place.fraction);
    }
    if (std::max(near, far) < source_width - 1) inner_ = near_.size() + 1;
    near_.push_back(near * 3);
    far_.push_back(far * 3);
    weights_.insert(weights_.end(), 3, static_cast<std::int16_t>(-32 * far_weight));
  }
  for (int y = 0; y < height; ++y) {
    const Tap place = tap(y, source_height, height);
    const auto inside = [&](int row) { return std::clamp(row, 0, source_height - 1); };
    rows_.push_back(
        {inside(place.at), inside(place.at + 1), weight(1.0F - place.fraction), weight(place.fraction)});
  }
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
  stretch_row(near_pixels_.data(), far_pixels_.data(), weights_.data(), buffered_[slot].data(),
              weights_.size());
  buffered_row_[slot] = row;
  return buffered_[slot].data();
}

void Resizer::run(const std::uint8_t* source, std::ptrdiff_t source_stride, std::uint8_t* out) {
  buffered_row_[0] = buffered_row_[1] = -1;
  const std::size_t row_values = weights_.size();
  for (const Row& row : rows_) {
    const std::int16_t* above = stretched(source, source_stride, row.above);
    const std::int16_t* below = stretched(source, source_stride, row.below);
    blend_rows(above, below, row.above_weight, row.below_weight, out, row_values);
    out += row_values;
  }
}

}  // namespace c3d
