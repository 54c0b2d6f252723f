// Scenes for tests of copies: a body moves before a place, and both are drawn from numbers of their own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "data/frame_source.h"

namespace c3d {

struct Scene {
  std::uint64_t place = 0, motion = 0;
  int frames = 60, width = 96, height = 72;
  int brighter = 0;  // levels of grey
};

// A frame as [H,W,3] RGB. `time` goes from 0 to 1 over the video.
std::vector<std::uint8_t> draw_scene(const Scene& scene, double time);

void write_scene(const std::filesystem::path& path, const Scene& scene, int quality = 23);

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
