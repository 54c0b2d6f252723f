// The arithmetic of the small kernels, an element, a pack or a pixel at a time: constexpr and plain C++, so
// that the host's tests compare it with the reference backend. Computed in f32; what it must mean is said in
// engine/core/backend.h.
#pragma once

#include "engine/core/philox.h"
#include "kernels/cuda/pack.h"

namespace c3d::cuda {

// NaN compares false and so stays NaN.
template <typename T>
constexpr T positive_part(T value) {
  return to_float(value) <= 0 ? T{} : value;
}
template <typename T>
constexpr T passed_by_relu(T y, T dy) {
  return to_float(y) > 0 ? dy : T{};
}

// The source of pixel (row, column) of the crop: its number in [clips, depth, height, width] frames, and in
// the mean of such a clip.
struct CropMap {  // there are less than 2^31 frames
  std::int64_t depth, source_height, source_width, height, width;
};
struct SourcePixel {
  std::int64_t in_frames, in_cube;
};
constexpr SourcePixel source_pixel(const CropMap& map, std::int64_t frame, std::int64_t row,
                                   std::int64_t column, const std::int32_t* crop) {
  const std::int64_t at_row = crop[0] + row,
                     at_column = crop[1] + (crop[2] == 0 ? column : map.width - 1 - column);
  const std::int64_t in_frame = at_row * map.source_width + at_column;
  const std::int64_t frame_size = map.source_height * map.source_width;
  const std::int64_t in_clip = static_cast<std::uint32_t>(frame) % static_cast<std::uint32_t>(map.depth);
  return {frame * frame_size + in_frame, in_clip * frame_size + in_frame};
}

// rgb[3] becomes the channels of one pixel in x: colours in the wanted order, then zeros.
template <typename T, int Channels>
constexpr Pack<T, Channels> normalized_pixel(const std::uint8_t* rgb, const float* mean, bool bgr,
                                             float scale) {
  Pack<T, Channels> pixel{};
  for (int c = 0; c < 3; ++c) {
    pixel.at[c] = from_float<T>((static_cast<float>(rgb[bgr ? 2 - c : c]) - mean[c]) * scale);
  }
  return pixel;
}

// Elements 4 block .. 4 block + 3 of a dropout: bit i is set where element i is dropped.
struct DropoutKey {
  std::uint64_t seed, step;
  std::uint32_t op;
  float drop_probability;
};
constexpr std::uint32_t dropped_of_four(const DropoutKey& key, std::uint64_t block) {
  const PhiloxBlock random = philox(key.seed, block, (key.step << 8) | key.op);
  std::uint32_t dropped = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    dropped |= (uniform_float(random.word[i]) < key.drop_probability ? 1u : 0u) << i;
  }
  return dropped;
}
template <typename T>
constexpr T dropped_out(T x, bool drops, float scale) {
  return drops ? T{} : from_float<T>(to_float(x) * scale);
}

// What a class should have: labels of -1 are not asked.
constexpr float softmax_target(bool is_label, float label_smoothing, std::int64_t classes) {
  return (is_label ? 1 - label_smoothing : 0.0f) + label_smoothing / static_cast<float>(classes);
}

struct SgdRates {
  bool rate_in_velocity;
  float gradient_scale, momentum, rate, decay;
};
// NaN is no norm above the limit.
constexpr float clip_scale(float norm, float clip_norm) { return norm > clip_norm ? clip_norm / norm : 1.0f; }

constexpr void sgd_update(const SgdRates& rates, float gradient, float& value, float& velocity) {
  const float total = gradient * rates.gradient_scale + rates.decay * value;
  velocity = rates.momentum * velocity + (rates.rate_in_velocity ? rates.rate * total : total);
  value -= (rates.rate_in_velocity ? 1.0f : rates.rate) * velocity;
}

}  // namespace c3d::cuda
