// Scenes for tests of copies: a body moves before a place, and both are drawn from numbers of their own.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include "data/frame_source.h"
#include "data/video_writer.h"
#include "engine/core/philox.h"

namespace c3d {

struct Scene {
  std::uint64_t place = 0, motion = 0;
  int frames = 60, width = 96, height = 72;
  int brighter = 0;  // levels of grey
};

// A frame as [H,W,3] RGB. `time` goes from 0 to 1 over the video.
inline std::vector<std::uint8_t> draw_scene(const Scene& scene, double time) {
  const auto drawn = [](std::uint64_t key, std::uint64_t number) {
    return static_cast<double>(uniform_float(philox(key, number, 7).word[0]));
  };
  constexpr double kTurn = 2 * std::numbers::pi;
  const auto place = [&](std::uint64_t n) { return drawn(2 * scene.place, n); };
  const auto motion = [&](std::uint64_t n) { return drawn(2 * scene.motion + 1, n); };
  const double x = 0.5 + 0.35 * std::sin(kTurn * (motion(0) + (0.5 + 2 * motion(1)) * time));
  const double y = 0.5 + 0.35 * std::sin(kTurn * (motion(2) + (0.5 + 2 * motion(3)) * time));
  std::vector<std::uint8_t> rgb;
  rgb.reserve(static_cast<std::size_t>(scene.width) * static_cast<std::size_t>(scene.height) * 3);
  for (int row = 0; row < scene.height; ++row) {
    for (int column = 0; column < scene.width; ++column) {
      const double u = (column + 0.5) / scene.width, v = (row + 0.5) / scene.height;
      double level = 120 + 40 * std::sin(kTurn * (place(0) + (1 + 3 * place(1)) * u)) +
                     40 * std::sin(kTurn * (place(2) + (1 + 3 * place(3)) * v));
      if (std::abs(u - x) < 0.1 && std::abs(v - y) < 0.18) level = 30 + 200 * motion(4);
      const auto byte = static_cast<std::uint8_t>(std::clamp(level + scene.brighter, 0.0, 255.0));
      rgb.insert(rgb.end(), {byte, byte, byte});
    }
  }
  return rgb;
}

inline void write_scene(const std::filesystem::path& path, const Scene& scene, int quality = 23) {
  std::filesystem::create_directories(path.parent_path());
  VideoWriter writer(path, {.width = scene.width, .height = scene.height, .quality = quality});
  for (int frame = 0; frame < scene.frames; ++frame) {
    writer.write(draw_scene(scene, (frame + 0.5) / scene.frames));
  }
  writer.finish();
}

// The same without a file.
class SceneFrames : public FrameSource {
 public:
  explicit SceneFrames(const Scene& scene) : scene_(scene) {}
  std::int64_t frame_count() const override { return scene_.frames; }
  int width() const override { return scene_.width; }
  int height() const override { return scene_.height; }
  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    for (int i = 0; i < count; ++i) {
      const double frame = static_cast<double>(first + std::int64_t{i} * stride);
      const std::vector<std::uint8_t> rgb = draw_scene(scene_, (frame + 0.5) / scene_.frames);
      std::copy(rgb.begin(), rgb.end(), out.begin() + static_cast<std::ptrdiff_t>(i * rgb.size()));
    }
  }

 private:
  Scene scene_;
};

}  // namespace c3d
