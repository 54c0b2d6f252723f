// The inner loop of every AMX convolution: many positions meet a few taps of one block of output channels, so
// few that their filters stay in the first cache; the sums go to memory in between, in the second cache.
#pragma once

#include <algorithm>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/winograd/job.h"

namespace c3d::cpu {

// One tap of one chunk of channels: where its inputs and filters lie, in bytes.
struct SweepStep {
  std::int64_t input, filter;
};

template <typename V>
struct Sweep {
  static constexpr std::int64_t kRun = 32;  // positions at a time: two tiles
  static constexpr std::int64_t kOut = 32;  // output channels: two tiles
  static constexpr std::int64_t kStepBytes = 2048;
  static constexpr std::int64_t kSteps = 9;  // whose filters are 18 KB

  // sums [positions][kOut] (= or +=) over all steps inputs [positions] at the step * filters of the step.
  // input_stride: bytes from a position to the next; right_bytes: from the first 16 outputs' filters to the
  // others'; next: steps whose filters are fetched meanwhile, as many as steps, or null.
  static void run(const SweepStep* steps, std::int64_t count, const SweepStep* next, const std::byte* input,
                  std::int64_t input_stride, const std::byte* filters, std::int64_t positions, float* sums,
                  bool add) {
    const std::int64_t runs = positions / kRun, lines = ceil_div(count * kStepBytes / 64, runs);
    const std::int64_t half = 16 * input_stride,
                       sums_bytes = ceil_div(kRun * kOut * 4 / 64, std::max<std::int64_t>(count, 1)) * 64;
    std::int64_t line = 0;
    for (std::int64_t run = 0; run < runs; ++run, input += kRun * input_stride, sums += kRun * kOut) {
      begin(sums, add);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::byte *left = input + steps[i].input, *right = filters + steps[i].filter;
        V::template load_tile<6>(right, 64);
        V::template load_tile<4>(left, input_stride);
        V::template load_tile<5>(left + half, input_stride);
        V::template load_tile<7>(right + V::kTileBytes, 64);
        V::template multiply_tiles<0, 4, 6>();
        V::template multiply_tiles<2, 5, 6>();
        V::template multiply_tiles<1, 4, 7>();
        V::template multiply_tiles<3, 5, 7>();
        // The next run's: inputs of neighbouring taps are the same.
        const bool row_ends = i + 1 == count || steps[i + 1].input != steps[i].input + input_stride;
        if (row_ends) fetch(left + kRun * input_stride, kRun * input_stride);
        if (add) fetch(reinterpret_cast<const std::byte*>(sums + kRun * kOut) + i * sums_bytes, sums_bytes);
      }
      if (next != nullptr) {
        const std::int64_t last = std::min(line + lines, count * kStepBytes / 64);
        for (; line < last; ++line) V::prefetch_far(filters + next[line / 32].filter + line % 32 * 64);
      }
      end(sums);
    }
  }

 private:
  [[gnu::always_inline]] static void fetch(const std::byte* from, std::int64_t bytes) {
    for (std::int64_t i = 0; i < bytes; i += 64) V::prefetch(from + i);
  }
  [[gnu::always_inline]] static void begin(const float* sums, bool add) {
    if (add) {
      V::template load_tile<0>(sums, kOut * 4);
      V::template load_tile<1>(sums + 16, kOut * 4);
      V::template load_tile<2>(sums + 16 * kOut, kOut * 4);
      V::template load_tile<3>(sums + 16 * kOut + 16, kOut * 4);
    } else {
      V::template zero_tile<0>();
      V::template zero_tile<1>();
      V::template zero_tile<2>();
      V::template zero_tile<3>();
    }
  }
  [[gnu::always_inline]] static void end(float* sums) {
    V::template store_tile<0>(sums, kOut * 4);
    V::template store_tile<1>(sums + 16, kOut * 4);
    V::template store_tile<2>(sums + 16 * kOut, kOut * 4);
    V::template store_tile<3>(sums + 16 * kOut + 16, kOut * 4);
  }
};

}  // namespace c3d::cpu
