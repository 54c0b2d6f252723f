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

  // Which position, counted from a tap's first, a step of a plane's taps fetches ahead. of_line: positions in
  // a cache line.
  static constexpr std::int64_t ahead(std::int64_t step, std::int64_t of_line = 1) {
    return kRun + step * kAhead * of_line % kRun;
  }

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

// The same for at most 16 outputs, whose inputs and filters a core's second cache holds: four tiles of
// positions meet one of filters. All steps at once.
template <typename V>
struct NarrowReduceGemm {
  static constexpr std::int64_t kRun = 64, kOut = 16;

  // positions: a multiple of 32. sums [positions][kOut]
  static void run(const ReduceStep* steps, std::int64_t count, const std::byte* input,
                  std::int64_t input_stride, const std::byte* filters, std::int64_t positions,
                  float* accumulators) {
    for (; positions >= kRun; positions -= kRun, input += kRun * input_stride, accumulators += kRun * kOut) {
      add<4>(steps, count, input, input_stride, filters, accumulators);
    }
    if (positions > 0) add<2>(steps, count, input, input_stride, filters, accumulators);
  }

 private:
  template <int Tiles>
  static void add(const ReduceStep* steps, std::int64_t count, const std::byte* input,
                  std::int64_t input_stride, const std::byte* filters, float* accumulators) {
    const std::int64_t tile = 16 * input_stride;
    V::template zero_tile<0>();
    V::template zero_tile<1>();
    if constexpr (Tiles == 4) {
      V::template zero_tile<2>();
      V::template zero_tile<3>();
    }
    for (std::int64_t i = 0; i < count; ++i) {
      const std::byte* left = input + steps[i].input;
      V::template load_tile<6>(filters + steps[i].filter, 64);
      V::template load_tile<4>(left, input_stride);
      V::template multiply_tiles<0, 4, 6>();
      V::template load_tile<5>(left + tile, input_stride);
      V::template multiply_tiles<1, 5, 6>();
      if constexpr (Tiles == 4) {
        V::template load_tile<4>(left + 2 * tile, input_stride);
        V::template multiply_tiles<2, 4, 6>();
        V::template load_tile<5>(left + 3 * tile, input_stride);
        V::template multiply_tiles<3, 5, 6>();
      }
    }
    constexpr std::int64_t kFloats = 16 * kOut;  // of a tile
    V::template store_tile<0>(accumulators, 64);
    V::template store_tile<1>(accumulators + kFloats, 64);
    if constexpr (Tiles == 4) {
      V::template store_tile<2>(accumulators + 2 * kFloats, 64);
      V::template store_tile<3>(accumulators + 3 * kFloats, 64);
    }
  }
};

}  // namespace c3d::cpu
