// The arithmetic of the small kernels, an element, a pack or a pixel at a time: constexpr and plain C++, so
// that the host's tests compare it with the reference backend. Computed in f32; what it must mean is said in
// engine/core/backend.h. What calls the mathematics library is a template: only of these may constexpr, which
// nvcc wants to compile them for the device, promise more than the host's library keeps.
#pragma once

#include <cmath>

#include "engine/core/optimizer_rule.h"
#include "engine/core/philox.h"
#include "kernels/cuda/pack.h"

namespace c3d::cuda {

// NaN compares false and so stays NaN.
template <typename T>
constexpr T positive_part(T value) {
  return to_float(value) <= 0 ? T{} : value;
}
// What a sum of e4m3 products becomes, before it is rounded.
constexpr float scaled_sum(float sum, float factor, float bias, bool relu) {
  const float value = sum * factor + bias;
  return relu ? positive_part(value) : value;
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

// A row's two labels, the second -1 where there is none, and what classes share of its target.
struct MixedLabels {
  std::int32_t first, second;
  float first_share;
};
// A label that no class has, as the one word that a kernel leaves for the host; 0 stands for none.
constexpr bool is_wrong_label(std::int32_t label, std::int64_t classes) {
  return label < -1 || label >= classes;
}
constexpr std::uint64_t wrong_label_word(std::int64_t row, std::int32_t label) {
  return static_cast<std::uint64_t>(row + 1) << 32 | static_cast<std::uint32_t>(label);
}
constexpr std::int64_t row_of_word(std::uint64_t word) { return static_cast<std::int64_t>(word >> 32) - 1; }
constexpr std::int32_t label_of_word(std::uint64_t word) {
  return static_cast<std::int32_t>(word & 0xffffffffu);
}

struct TargetShares {
  float label, every;  // 1 - s and s / classes with smoothing s
};
constexpr TargetShares target_shares(float label_smoothing, std::int64_t classes) {
  return {1 - label_smoothing, label_smoothing / static_cast<float>(classes)};
}
constexpr float class_share(const TargetShares& shares, const MixedLabels& labels, std::int64_t c) {
  return (c == labels.first ? shares.label * labels.first_share : 0.0f) +
         (c == labels.second ? shares.label * (1 - labels.first_share) : 0.0f) + shares.every;
}

// (1 - p)^gamma (-log p)
template <typename Real>
constexpr Real focal_loss(Real gamma, Real log_p) {
  if (gamma == 0) return -log_p;
  return powf(fmaxf(-expm1f(log_p), 0.0f), gamma) * -log_p;
}
// Its derivative by p, times p.
template <typename Real>
constexpr Real focal_slope(Real gamma, Real p) {
  if (gamma == 0) return -1;
  if (p >= 1) return 0;
  const Real p_log_p = p > 0 ? p * logf(p) : 0.0f;
  return gamma * powf(1 - p, gamma - 1) * p_log_p - powf(1 - p, gamma);
}

// One class of a label set, target t: -w t log p - (1 - t) log (1 - p), and its derivative by the logit z.
template <typename Real>
constexpr Real sigmoid(Real z) {
  return 1 / (1 + expf(-z));
}
template <typename Real>
constexpr Real sigmoid_loss(Real z, Real target, Real positive_weight) {
  const Real least = log1pf(expf(-fabsf(z)));  // of -log p and -log (1 - p)
  return target * positive_weight * (least + fmaxf(-z, 0.0f)) + (1 - target) * (least + fmaxf(z, 0.0f));
}
constexpr float sigmoid_slope(float p, float target, float positive_weight) {
  return (1 - target) * p - target * positive_weight * (1 - p);
}

// One step for one range of parameters, as OptimizerStep has it.
struct UpdateRates {
  float gradient_scale, momentum, rate, decay;
  // adamw: 1 / (1 - beta^t) of the velocity and of the second moment
  float beta2 = 0, epsilon = 0, velocity_scale = 1, second_moment_scale = 1;
};
// NaN is no norm above the limit.
constexpr float clip_scale(float norm, float clip_norm) { return norm > clip_norm ? clip_norm / norm : 1.0f; }
// 1 / (1 - beta^updates), from the logarithm of beta
template <typename Real>
constexpr Real bias_correction(Real log_beta, Real updates) {
  return -1 / expm1f(log_beta * updates);
}

// second_moment is adamw's; the other rules leave it alone.
template <OptimizerRule rule>
constexpr void update_parameter(const UpdateRates& r, float gradient, float& value, float& velocity,
                                float& second_moment) {
  gradient *= r.gradient_scale;
  if constexpr (rule == OptimizerRule::adamw) {
    velocity = r.momentum * velocity + (1 - r.momentum) * gradient;
    second_moment = r.beta2 * second_moment + (1 - r.beta2) * gradient * gradient;
    const float size = sqrtf(second_moment * r.second_moment_scale) + r.epsilon;
    value -= r.rate * (r.decay * value + r.velocity_scale * velocity / size);
    return;
  }
  gradient += r.decay * value;
  if constexpr (rule == OptimizerRule::caffe) gradient *= r.rate;
  velocity = r.momentum * velocity + gradient;
  if constexpr (rule == OptimizerRule::sgd) value -= r.rate * velocity;
  if constexpr (rule == OptimizerRule::nesterov) value -= r.rate * (gradient + r.momentum * velocity);
  if constexpr (rule == OptimizerRule::caffe) value -= velocity;
}

}  // namespace c3d::cuda
