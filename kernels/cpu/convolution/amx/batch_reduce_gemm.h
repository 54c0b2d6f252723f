// The inner loop of every AMX convolution: many positions meet some taps of one block of output channels; the
// sums go to memory in between, in the second cache, where the filters are too. Inputs may come from farther
// away, and are fetched ahead.
#pragma once

#include <cstddef>

#include "kernels/cpu/convolution/amx/accumulator_tiles.h"
#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

// One tap of one channel block: where its inputs and filters lie, in bytes, and some of the inputs that
// later positions need and that no tap has read so far.
struct ReduceStep {
  std::int64_t input, filter, ahead;
};

// What a plane of sums is made of.
struct ReduceSource {
  std::int64_t plane;          // of the halo-padded layout, from the clip's first
  std::int64_t input, filter;  // bytes to add to those of the steps
};

template <typename V>
struct BatchReduceGemm {
  static constexpr std::int64_t kRun = 32;  // positions at a time: two tiles
  static constexpr std::int64_t kOut = 32;  // output channels: two tiles
  static constexpr std::int64_t kStepBytes = 2048;
  static constexpr std::int64_t kAhead = 4;  // cache lines that a step fetches ahead

  // Which position, counted from a tap's first, a step of a plane's taps fetches ahead.
  static constexpr std::int64_t ahead(std::int64_t step) { return kRun + step * kAhead % kRun; }

  // sums [positions][kOut] (= or +=) over all steps inputs [positions] at the step * filters of the step.
  // input_stride: bytes from a position to the next.
  static void run(const ReduceStep* steps, std::int64_t count, const std::byte* input,
                  std::int64_t input_stride, const std::byte* filters, std::int64_t positions,
                  float* accumulators, bool add) {
    const std::int64_t half = 16 * input_stride;
    for (std::int64_t run = 0; run < positions / kRun; ++run) {
      AccumulatorTiles<V>::begin(accumulators, add);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::byte *left = input + steps[i].input, *right = filters + steps[i].filter;
        const std::byte* ahead = input + steps[i].ahead;
#pragma GCC unroll 4
        for (std::int64_t line = 0; line < kAhead; ++line) V::prefetch(ahead + line * 64);
        AccumulatorTiles<V>::add(left, left + half, input_stride, right, right + V::kTileBytes, 64);
      }
      AccumulatorTiles<V>::end(accumulators);
      input += kRun * input_stride;
      accumulators += kRun * kOut;
    }
  }
};

}  // namespace c3d::cpu
