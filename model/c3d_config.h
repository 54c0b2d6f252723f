// The choices that distinguish one C3D from another; a plain struct, which weights/ may include. c3d_layers.h
// says what all have in common.
#pragma once

#include <cstdint>
#include <string>

namespace c3d {

// PyTorch ports pad pool5 by 1 on both sides of H and W; the original Caffe rounds up, windows start at the
// first pixel.
enum class Pool5Rule : std::uint8_t { pytorch, caffe };
// kaiming: He-normal weights with fan-in (fc8: 0.01), zero biases. caffe: Gaussians of 0.01 (0.005 for fc6,
// fc7), biases 1 but for conv1 and fc8 (the filler table of the original prototxt).
enum class Initialization : std::uint8_t { kaiming, caffe };

struct C3dConfig {
  std::int64_t classes = 101;
  double width = 1.0;  // scales all convolutions, fc6 and fc7, rounded to a multiple of 8
  std::int64_t clip_frames = 16;
  std::int64_t crop = 112;
  float dropout = 0.5f;
  Pool5Rule pool5 = Pool5Rule::pytorch;
};

// The one tensor in our files that is no parameter: a mean cube, which every map of names leaves as it is.
inline constexpr const char* kMeanCube = "mean_cube";

// `channels` of the original, scaled: a multiple of 8, at least 8.
constexpr std::int64_t scaled_channels(std::int64_t channels, double width) {
  const double eighths = static_cast<double>(channels) * width / 8;
  auto whole = static_cast<std::int64_t>(eighths);
  if (eighths - static_cast<double>(whole) >= 0.5) ++whole;
  return 8 * (whole > 0 ? whole : 1);
}

const char* to_string(Pool5Rule rule);
const char* to_string(Initialization initialization);
Pool5Rule parse_pool5_rule(const std::string& text);

}  // namespace c3d
