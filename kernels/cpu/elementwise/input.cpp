// Bytes of frames to the network's input. A pixel is handled as one vector of four: three colours and a zero.
#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/isa/portable.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

constexpr std::int64_t kPixels = 128;     // at a time
constexpr std::int64_t kAnyChannels = 0;  // unlike kClipChannels, whose stores have a known size
using Colours = Portable::Float;

struct ClipRow {
  const std::uint8_t* frame;  // the first pixel of the crop's row in the frame
  const float* mean;          // the same pixel's mean, or the one mean of all
  std::int64_t mean_step;     // 3, or 0 where there is one mean of all
  bool flip, bgr;
  float scale;
};

// Three channels and zeros.
template <std::int64_t channels_known, typename T>
[[gnu::always_inline]] inline void store_pixel(Colours colours, T* x, std::int64_t channels) {
  if constexpr (channels_known != kAnyChannels) {
    static_assert(channels_known >= Portable::kWidth);
    Portable::store(colours, x);
    std::memset(x + Portable::kWidth, 0, (channels_known - Portable::kWidth) * sizeof(T));
  } else {
    Portable::store_part(colours, x, 3);
    std::fill(x + 3, x + channels, T{});
  }
}

template <std::int64_t channels_known, typename T>
void normalize_row(const ElementwiseKernels& kernels, const ClipRow& row, T* x, std::int64_t width,
                   std::int64_t channels) {
  std::array<float, 3 * kPixels + 1> levels;  // a pixel's fourth number is the next one's first
  const Colours scale{row.scale, row.scale, row.scale, 0};
  for (std::int64_t first = 0; first < width; first += kPixels) {
    const std::int64_t count = std::min(kPixels, width - first);
    const std::int64_t source = row.flip ? width - first - count : first;
    kernels.widen_bytes(row.frame + 3 * source, levels.data(), 3 * count);
    levels[static_cast<std::size_t>(3 * count)] = 0;
    for (std::int64_t w = 0; w < count; ++w) {
      const std::int64_t from = row.flip ? count - 1 - w : w;
      const float* mean = row.mean + row.mean_step * (source + from);
      Colours colours = Portable::load(levels.data() + 3 * from);
      if (row.bgr) colours = Colours{colours[2], colours[1], colours[0], colours[3]};
      colours = (colours - Colours{mean[0], mean[1], mean[2], 0}) * scale;
      store_pixel<channels_known>(colours, x + (first + w) * channels, channels);
    }
  }
}

}  // namespace

void normalize_clip(const ElementwiseTeam& team, const Normalization& normalization, ConstTensor frames,
                    ConstTensor mean, ConstTensor crops, Tensor x) {
  const Shape& source = frames.shape();
  const std::int64_t depth = source[1], source_height = source[2], source_width = source[3];
  const std::int64_t height = x.shape()[2], width = x.shape()[3], channels = x.shape()[4];
  const bool mean_of_each_pixel = mean.shape().rank() == 4;
  const auto* bytes = frames.as<std::uint8_t>();
  const auto* means = mean.as<float>();
  const auto* crop = crops.as<std::int32_t>();
  const ElementwiseKernels* const kernels = team.kernels;
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    T* to = x.as<T>();
    const auto normalize =
        channels == kClipChannels ? normalize_row<kClipChannels, T> : normalize_row<kAnyChannels, T>;
    parallel_pieces(team.threads, source[0] * depth * height, 16, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t n = i / height / depth, d = i / height % depth, h = i % height;
        const std::int64_t top = crop[3 * n], left = crop[3 * n + 1];
        const std::int64_t at = (d * source_height + top + h) * source_width + left;
        const ClipRow row{.frame = bytes + 3 * (n * depth * source_height * source_width + at),
                          .mean = mean_of_each_pixel ? means + 3 * at : means,
                          .mean_step = mean_of_each_pixel ? 3 : 0,
                          .flip = crop[3 * n + 2] != 0,
                          .bgr = normalization.order == ColourOrder::bgr,
                          .scale = normalization.scale};
        normalize(*kernels, row, to + i * width * channels, width, channels);
      }
    });
  });
}

}  // namespace c3d::cpu
