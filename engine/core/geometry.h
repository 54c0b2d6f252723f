// A clip's channels, what a convolution or a pooling window looks like, and the extents that result. Plain
// structs and constexpr arithmetic: the same on host and device, included by .cu files.
#pragma once

#include <compare>
#include <cstdint>

namespace c3d {

// A clip lies in memory with 3 colours and 5 zeros for each pixel: 16 bytes in bf16, what tensor cores load.
inline constexpr std::int64_t kColours = 3, kClipChannels = 8;

struct Extent3 {
  std::int64_t d = 1, h = 1, w = 1;
  friend constexpr bool operator==(const Extent3&, const Extent3&) = default;
  friend constexpr auto operator<=>(const Extent3&, const Extent3&) = default;  // by d, h, w
  constexpr std::int64_t volume() const { return d * h * w; }
};

// Cross-correlation as every framework calls convolution: y[p] = bias + sum over taps of x[p * stride - pad +
// tap] f[tap].
struct Conv3dGeometry {
  Extent3 kernel{3, 3, 3};
  Extent3 stride{1, 1, 1};
  Extent3 pad{1, 1, 1};  // before and after
  // How many of x's channels can be other than zero; 0 means all. The clip has 3 colours in 8 channels: a
  // backend may skip the rest, whose filters stay zero.
  std::int64_t valid_input_channels = 0;
  friend constexpr bool operator==(const Conv3dGeometry&, const Conv3dGeometry&) = default;
};

// Max-pooling; padding never wins. PyTorch's pool5 pads 1 on both sides of H and W, Caffe's rounds up, which
// is 1 after.
struct Pool3dGeometry {
  Extent3 kernel{2, 2, 2};
  Extent3 stride{2, 2, 2};
  Extent3 pad_before{0, 0, 0};
  Extent3 pad_after{0, 0, 0};
  friend constexpr bool operator==(const Pool3dGeometry&, const Pool3dGeometry&) = default;
};

constexpr std::int64_t window_count(std::int64_t input, std::int64_t pad_before, std::int64_t pad_after,
                                    std::int64_t kernel, std::int64_t stride) {
  const std::int64_t room = input + pad_before + pad_after - kernel;
  return room < 0 ? 0 : room / stride + 1;
}

constexpr Extent3 output_extent(const Conv3dGeometry& g, const Extent3& input) {
  return {window_count(input.d, g.pad.d, g.pad.d, g.kernel.d, g.stride.d),
          window_count(input.h, g.pad.h, g.pad.h, g.kernel.h, g.stride.h),
          window_count(input.w, g.pad.w, g.pad.w, g.kernel.w, g.stride.w)};
}

constexpr Extent3 output_extent(const Pool3dGeometry& g, const Extent3& input) {
  return {window_count(input.d, g.pad_before.d, g.pad_after.d, g.kernel.d, g.stride.d),
          window_count(input.h, g.pad_before.h, g.pad_after.h, g.kernel.h, g.stride.h),
          window_count(input.w, g.pad_before.w, g.pad_after.w, g.kernel.w, g.stride.w)};
}

// Along one axis: pairs of an output and a tap that read an input, and not the padding.
constexpr std::int64_t inner_taps(std::int64_t input, std::int64_t outputs, std::int64_t kernel,
                                  std::int64_t stride, std::int64_t pad) {
  std::int64_t pairs = 0;
  for (std::int64_t output = 0; output < outputs; ++output) {
    for (std::int64_t tap = 0; tap < kernel; ++tap) {
      const std::int64_t read = output * stride - pad + tap;
      if (read >= 0 && read < input) ++pairs;
    }
  }
  return pairs;
}

static_assert(inner_taps(16, 16, 3, 1, 1) == 3 * 16 - 2);
static_assert(inner_taps(5, 2, 3, 2, 0) == 6);
static_assert(output_extent(Conv3dGeometry{}, {16, 112, 112}) == Extent3{16, 112, 112});
static_assert(output_extent(Pool3dGeometry{.pad_before = {0, 1, 1}, .pad_after = {0, 1, 1}}, {2, 7, 7}) ==
              Extent3{1, 4, 4});
static_assert(output_extent(Pool3dGeometry{.pad_after = {0, 1, 1}}, {2, 7, 7}) == Extent3{1, 4, 4});

}  // namespace c3d
