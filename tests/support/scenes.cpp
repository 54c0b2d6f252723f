#include "tests/support/scenes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/video_writer.h"
#include "engine/core/philox.h"

namespace c3d {

std::vector<std::uint8_t> draw_scene(const Scene& scene, double time) {
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

void write_scene(const std::filesystem::path& path, const Scene& scene, int quality) {
  std::filesystem::create_directories(path.parent_path());
  VideoWriter writer(path, {.width = scene.width, .height = scene.height, .quality = quality});
  for (int frame = 0; frame < scene.frames; ++frame) {
    writer.write(draw_scene(scene, (frame + 0.5) / scene.frames));
  }
  writer.finish();
}

}  // namespace c3d
