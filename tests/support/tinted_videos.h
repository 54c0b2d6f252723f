// Videos that show any of two labels at once: `light` by their green, `red` by their red.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/video_writer.h"
#include "engine/io/atomic_file.h"

namespace c3d {

inline void write_tinted_video(const std::filesystem::path& path, bool light, bool red, int shade) {
  std::filesystem::create_directories(path.parent_path());
  VideoWriter writer(path, {.width = 32, .height = 24});
  for (int frame = 0; frame < 20; ++frame) {
    std::vector<std::uint8_t> rgb(32 * 24 * 3, static_cast<std::uint8_t>(40 + shade + frame));
    for (std::size_t pixel = 0; pixel < rgb.size(); pixel += 3) {
      if (red) rgb[pixel] = static_cast<std::uint8_t>(180 + shade + frame);
      if (light) rgb[pixel + 1] = static_cast<std::uint8_t>(180 + shade + frame);
    }
    writer.write(rgb);
  }
  writer.finish();
}

// folder/v0.mp4 ... of all four kinds in turn, and folder/list.txt that names their labels. Returns the list.
inline std::filesystem::path write_tinted_videos(const std::filesystem::path& folder, int count) {
  const char* const sets[] = {"-", "light", "red", "light|red"};
  std::string list;
  for (int i = 0; i < count; ++i) {
    const std::string name = "v" + std::to_string(i) + ".mp4";
    write_tinted_video(folder / name, i % 2 == 1, i % 4 >= 2, i);
    list += name + " " + sets[i % 4] + "\n";
  }
  write_file(folder / "list.txt", list);
  return folder / "list.txt";
}

}  // namespace c3d
