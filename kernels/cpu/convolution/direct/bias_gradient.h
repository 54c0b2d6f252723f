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
      for (std::int64_t i = positions * piece / kPieces; i < last; ++i) {
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
};

}  // namespace c3d::cpu
