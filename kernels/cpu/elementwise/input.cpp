// Bytes of frames to the network's input.
#include <algorithm>

#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

// Of any number of channels. bytes [width,3]; x [width,channels]
template <typename T>
void normalize_row(const PixelNumbers& with, const std::uint8_t* bytes, std::int64_t width,
                   std::int64_t channels, T* x) {
  for (std::int64_t w = 0; w < width; ++w, x += channels) {
    const std::int64_t from = with.flip ? width - 1 - w : w;
    const float* const mean = with.mean + (with.mean_of_each_pixel ? kColours * from : 0);
    for (std::int64_t c = 0; c < kColours; ++c) {
      const std::uint8_t level = bytes[kColours * from + (with.bgr ? kColours - 1 - c : c)];
      store((static_cast<float>(level) - mean[c]) * with.scale, x[c]);
    }
    std::fill(x + kColours, x + channels, T{});
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
    const auto normalize_clip_row = kernels->of(T{}).normalize_row;
    parallel_pieces(team.threads, source[0] * depth * height, 16, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t n = i / height / depth, d = i / height % depth, h = i % height;
        const std::int64_t top = crop[3 * n], left = crop[3 * n + 1];
        const std::int64_t at = (d * source_height + top + h) * source_width + left;
        const std::uint8_t* const row = bytes + kColours * (n * depth * source_height * source_width + at);
        const PixelNumbers with{.mean = mean_of_each_pixel ? means + kColours * at : means,
                                .mean_of_each_pixel = mean_of_each_pixel,
                                .scale = normalization.scale,
                                .flip = crop[3 * n + 2] != 0,
                                .bgr = normalization.order == ColourOrder::bgr};
        T* const line = to + i * width * channels;
        if (channels == kClipChannels) {
          normalize_clip_row(with, row, width, line);
        } else {
          normalize_row(with, row, width, channels, line);
        }
      }
    });
  });
}

}  // namespace c3d::cpu
