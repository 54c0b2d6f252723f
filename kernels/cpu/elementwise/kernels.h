// The inner loops of elementwise ops as one table per instruction set, part of the tables in
// kernels/cpu/isa/kernels.h. Each call makes a part of one op on the calling thread. Results are the same
// with every set but for the optimizer's and sum_of_squares(), whose products and sums some processors round
// once.
#pragma once

#include <array>
#include <cstdint>

#include "engine/core/bfloat16.h"

namespace c3d::cpu {

// Pooling windows beside each other, whose taps on data are the same ones.
struct PoolWindows {
  static constexpr std::size_t kMaxTaps = 256;  // a position is one byte
  std::array<std::int64_t, kMaxTaps> offset;    // of the first window's tap, channel 0, in x
  std::array<std::int32_t, kMaxTaps> position;  // (kd * kernel.h + kh) * kernel.w + kw
  int taps = 0;
  std::int64_t count = 1, step = 0;  // of windows; from a window's taps to the next one's, in x
};

// What a row of pixels' bytes becomes: (byte - mean) * scale, colour by colour.
struct PixelNumbers {
  const float* mean;        // of the first pixel, its colours in the order of the result
  bool mean_of_each_pixel;  // [width,3] of them; else one mean of all
  float scale;
  bool flip;  // the row is mirrored
  bool bgr;   // the result's colours are in the other order
};

// Of one step for one range of parameters, as OptimizerStep has them.
struct OptimizerNumbers {
  float momentum, weight_decay, learning_rate, gradient_scale;
  // adamw: 1 / (1 - beta^t) of the velocity and of the second moment
  float beta2 = 0, epsilon = 0, velocity_scale = 1, second_moment_scale = 1;
};
// Moves parameters w by gradients g; changes velocity v and adamw's second moment s.
using OptimizerLoop = void (*)(const OptimizerNumbers& with, float* w, const float* g, float* v, float* s,
                               std::int64_t count);

// Of elements of type T, float or BFloat16. Outputs do not overlap inputs, but for x and y of relu.
template <typename T>
struct ElementKernels {
  void (*relu)(const T* x, T* y, std::int64_t count) = nullptr;
  // dy where y is positive, else zero.
  void (*relu_backward)(const T* y, T* dy, std::int64_t count) = nullptr;
  // y += x
  void (*accumulate)(const T* x, T* y, std::int64_t count) = nullptr;
  // The largest tap of each channel, y [windows,channels], and its position, argmax [windows,channels] or
  // null. Only values above `lowest`, and NaN, count; without one the result is `lowest` at the first tap.
  void (*pool_windows)(const PoolWindows& windows, float lowest, const T* x, std::int64_t channels, T* y,
                       std::uint8_t* argmax) = nullptr;
  // Writes dx of the windows' taps: windows do not overlap. y: the pooled values of an activation ReLU, where
  // dy counts only if they are positive; null: dy counts everywhere.
  void (*unpool_windows)(const PoolWindows& windows, const std::uint8_t* argmax, const T* y, const T* dy,
                         std::int64_t channels, T* dx) = nullptr;
  // bytes [width,3]; x [width,kClipChannels], zeros after the colours
  void (*normalize_row)(const PixelNumbers& with, const std::uint8_t* bytes, std::int64_t width,
                        T* x) = nullptr;
};

struct ElementwiseKernels {
  ElementKernels<float> f32;
  ElementKernels<BFloat16> bf16;
  void (*round)(const float* values, BFloat16* rounded, std::int64_t count) = nullptr;
  void (*widen)(const BFloat16* bf16, float* values, std::int64_t count) = nullptr;
  // One for each OptimizerRule.
  OptimizerLoop sgd = nullptr, nesterov = nullptr, caffe = nullptr, adamw = nullptr;
  // a += share (w - a)
  void (*average)(float share, const float* w, float* a, std::int64_t count) = nullptr;
  double (*sum_of_squares)(const float* values, std::int64_t count) = nullptr;

  const ElementKernels<float>& of(float /*type*/) const { return f32; }
  const ElementKernels<BFloat16>& of(BFloat16 /*type*/) const { return bf16; }
};

}  // namespace c3d::cpu
