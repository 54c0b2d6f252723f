// The gradient of a bias: the sum of the output's gradient over all positions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/core/bfloat16.h"

namespace c3d::cpu {

// dbias [channels] of dy [positions,channels]: sums over pieces of positions, then over the pieces. y: null,
// or the values of a pooled activation, where dy counts only if they are positive.
template <typename V, typename T>
struct BackwardBias {
  static constexpr std::int64_t kPieces = 64;

  static std::int64_t scratch_bytes(std::int64_t channels) { return kPieces * channels * 4; }
  static void run(int threads, const void* dy, const void* y, std::int64_t positions, std::int64_t channels,
                  float* dbias, std::byte* scratch) {
    float* accumulators = reinterpret_cast<float*>(scratch);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (std::int64_t piece = 0; piece < kPieces; ++piece) {
      float* mine = accumulators + piece * channels;
      for (std::int64_t c = 0; c < channels; ++c) mine[c] = 0;
      const std::int64_t last = positions * (piece + 1) / kPieces;
      const std::int64_t first = positions * piece / kPieces;
      if (sum_in_registers(dy, y, first, last, channels, mine)) continue;
      for (std::int64_t i = first; i < last; ++i) {
        const T* from = static_cast<const T*>(dy) + i * channels;
        if (y == nullptr) {
          for (std::int64_t c = 0; c < channels; ++c) mine[c] += to_float(from[c]);
        } else {
          const T* value = static_cast<const T*>(y) + i * channels;
          for (std::int64_t c = 0; c < channels; ++c) {
            mine[c] += to_float(value[c]) > 0.0f ? to_float(from[c]) : 0.0f;
          }
        }
      }
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::int64_t piece = 0; piece < kPieces; ++piece)
        sum += static_cast<double>(accumulators[piece * channels + c]);
      dbias[c] = static_cast<float>(sum);
    }
  }

 private:
  // Few channels that fill vectors: false where they are others. The sums are the same.
  static bool sum_in_registers(const void* dy, const void* y, std::int64_t first, std::int64_t last,
                               std::int64_t channels, float* to) {
    const T* const from = static_cast<const T*>(dy);
    const T* const values = static_cast<const T*>(y);
    if (channels == V::kWidth) {
      sum<1>(from, values, first, last, to);
    } else if (channels == 2 * V::kWidth) {
      sum<2>(from, values, first, last, to);
    } else if (channels == 4 * V::kWidth) {
      sum<4>(from, values, first, last, to);
    } else {
      return false;
    }
    return true;
  }

  template <int Vectors>
  static void sum(const T* dy, const T* y, std::int64_t first, std::int64_t last, float* to) {
    constexpr std::int64_t kChannels = Vectors * V::kWidth;
    typename V::Float sums[Vectors];
    for (int k = 0; k < Vectors; ++k) sums[k] = V::zero();
    for (std::int64_t i = first * kChannels; i < last * kChannels; i += kChannels) {
      for (int k = 0; k < Vectors; ++k) {
        const auto value = V::load(dy + i + k * V::kWidth);
        if (y == nullptr) {
          sums[k] += value;
        } else {
          sums[k] += V::load(y + i + k * V::kWidth) > 0.0f ? value : V::zero();
        }
      }
    }
    for (int k = 0; k < Vectors; ++k) V::store(sums[k], to + k * V::kWidth);
  }
};

}  // namespace c3d::cpu
