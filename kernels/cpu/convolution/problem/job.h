// One convolution as the kernels see it, forward or backward data: where it reads, where it writes, and how
// it is cut into tiles. Plain data; pointers are borrowed for the call.
#pragma once

#include <compare>
#include <cstdint>

#include "engine/core/geometry.h"
#include "kernels/cpu/convolution/problem/algorithm.h"

namespace c3d::cpu {

struct FilterJob {
  const void* filter = nullptr;     // [K,kd,kh,kw,C] of the activations' type
  std::int64_t filters = 0;         // K
  std::int64_t channels = 0;        // C
  std::int64_t valid_channels = 0;  // the first of them, that count
  Extent3 kernel;
  // Backward data reads the filters' K channels and writes their C. Winograd's transforms mirror the taps; a
  // direct job has its `transposed` for that.
  bool flipped = false;

  std::int64_t in_channels() const { return flipped ? filters : valid_channels; }
  std::int64_t out_channels() const { return flipped ? channels : filters; }
};

// The gradient of a max-pooling of the positive part of a convolution's output, which goes to the largest tap
// of each window. Windows are {1 or 2, 2, 2} and do not overlap.
struct PooledGradient {
  const void* dy = nullptr;              // [clips,extent,channels]; null: there is no pooling
  const void* y = nullptr;               // the pooled values: where they are not positive, dy does not count
  const std::uint8_t* argmax = nullptr;  // (d * 2 + h) * 2 + w in the window
  Extent3 extent, window;
};

inline constexpr Extent3 kNoWindow{1, 1, 1};  // of max-pooling

struct ConvolutionSizes {
  std::int64_t clips = 0;
  Extent3 in, out;                  // of x and y; y's before pooling
  std::int64_t in_channels = 0;     // of x in memory
  std::int64_t valid_channels = 0;  // the first of them, that count
  std::int64_t out_channels = 0;    // of y
  Extent3 kernel, stride, pad;
  // Max-pooling of y by this window and stride, {1 or 2, 2, 2}; kNoWindow: none.
  Extent3 window;
  friend constexpr auto operator<=>(const ConvolutionSizes&, const ConvolutionSizes&) = default;
};

struct ConvolutionJob : ConvolutionSizes {
  const void* x = nullptr;         // [clips,in,in_channels]
  const void* bias = nullptr;      // [out_channels] or null
  void* y = nullptr;               // [clips,out,out_channels], or pooled: [clips,out / window,out_channels]
  bool relu = false;               // a pooled output is of the positive part, whatever this says
  std::uint8_t* argmax = nullptr;  // [clips,out / window,out_channels] or null
  // Backward data of a direct convolution: output p takes tap t from input (p + pad - t) / stride. Not
  // pooled.
  bool transposed = false;
  const void* filters = nullptr;  // packed for the same tile and types
};

// The gradients of a convolution's filters; x's and y's members as above.
struct FilterGradientJob {
  ConvolutionJob forward;    // bias, window, filters and y are not read
  const void* dy = nullptr;  // [clips,out,out_channels]
  PooledGradient pooled;     // in place of dy, for kernels that read it
  float* dfilter = nullptr;  // [out_channels,kernel,in_channels]; zero from valid_channels on
};

// How threads divide blocks of tiles. Private tiles: each thread has blocks of its own. Channels: all threads
// transform the inputs of one block, then each makes the outputs of some channels. Points: each thread
// multiplies some points for all channels, and the sums stay in memory until all points are there; this
// fetches inputs and filters the fewest times.
enum class Division : std::uint8_t { private_tiles, output_channels, transform_points };

// How many tiles the work is cut into at a time, whose transformed inputs are held together. 0: the kernel
// decides.
struct Blocking {
  std::int64_t tiles = 0;
  Division division = Division::private_tiles;
  friend bool operator==(const Blocking&, const Blocking&) = default;
};

// Always inline: out of line, files compiled for different instruction sets would share one of them.
[[gnu::always_inline]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}
[[gnu::always_inline]] constexpr std::int64_t round_up(std::int64_t a, std::int64_t to) {
  return ceil_div(a, to) * to;
}
// From one point's numbers to the next's, in elements: an odd number of cache lines, else they would share
// the same few sets of the caches.
[[gnu::always_inline]] constexpr std::int64_t point_stride(std::int64_t elements,
                                                           std::int64_t element_bytes) {
  return (ceil_div(elements * element_bytes, 64) | 1) * 64 / element_bytes;
}

}  // namespace c3d::cpu
