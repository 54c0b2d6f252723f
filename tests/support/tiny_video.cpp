#include "tests/support/tiny_video.h"

#include <cmath>
#include <vector>

#include "data/video_writer.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kBase = 8, kDarkest = 16, kStep = 32, kTolerance = 6;

}  // namespace

std::array<std::uint8_t, 3> tiny_video_colour(int frame) {
  const auto level = [](int digit) { return static_cast<std::uint8_t>(kDarkest + kStep * digit); };
  return {level(frame % kBase), level(frame / kBase % kBase), level(frame / kBase / kBase % kBase)};
}

int tiny_video_frame(std::span<const std::uint8_t> rgb) {
  std::array<double, 3> sum{};
  for (std::size_t i = 0; i < rgb.size(); ++i) sum[i % 3] += rgb[i];
  int frame = 0, unit = 1;
  for (const double channel : sum) {
    const double level = channel / (static_cast<double>(rgb.size()) / 3.0);
    const int digit = static_cast<int>(std::lround((level - kDarkest) / kStep));
    if (digit < 0 || digit >= kBase || std::abs(level - kDarkest - kStep * digit) > kTolerance) return -1;
    frame += digit * unit;
    unit *= kBase;
  }
  return frame;
}

void write_tiny_video(const std::filesystem::path& path, int frames, int width, int height) {
  expect(frames <= kTinyVideoMostFrames, "tiny videos tell {} frames apart, not {}", kTinyVideoMostFrames,
         frames);
  VideoWriter writer(path, {.width = width, .height = height, .key_frame_every = 12, .quality = 12});
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (int frame = 0; frame < frames; ++frame) {
    const auto colour = tiny_video_colour(frame);
    for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = colour[i % 3];
    writer.write(rgb);
  }
  writer.finish();
}

}  // namespace c3d
