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
  // A wave along one side: its value at each of `count` pixels.
  const auto wave = [&](std::uint64_t n, int count) {
    const double phase = place(n), turns = 1 + 3 * place(n + 1);
    std::vector<double> levels;
    levels.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      levels.push_back(40 * std::sin(kTurn * (phase + turns * ((i + 0.5) / count))));
    return levels;
  };
  const std::vector<double> across = wave(0, scene.width), down = wave(2, scene.height);
  const double thing = 30 + 200 * motion(4);
  std::vector<std::uint8_t> rgb;
  rgb.reserve(static_cast<std::size_t>(scene.width) * static_cast<std::size_t>(scene.height) * 3);
  for (int row = 0; row < scene.height; ++row) {
    const bool in_rows = std::abs((row + 0.5) / scene.height - y) < 0.18;
    const double of_row = down[static_cast<std::size_t>(row)];
    for (int column = 0; column < scene.width; ++column) {
      double level = 120 + across[static_cast<std::size_t>(column)] + of_row;
      if (in_rows && std::abs((column + 0.5) / scene.width - x) < 0.1) level = thing;
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
