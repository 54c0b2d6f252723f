// A small collection that is clean, for tests that plant something in it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/check.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"

namespace c3d {

// Two classes, which differ in brightness, each with `each` videos before places of their own.
struct CheckedScenes {
  explicit CheckedScenes(const std::string& part = "", std::uint64_t each = 4) {
    options.settings = {{"data", videos().string()}, {"cache_folder", (scratch / "cache").string()},
                        {"loader_threads", "2"},     {"crop", "16"},
                        {"resize_width", "24"},      {"resize_height", "18"}};
    add_scenes(part, 0, each);
  }
  void add_scenes(const std::string& part, std::uint64_t first, std::uint64_t count) const {
    for (std::uint64_t i = first; i < first + count; ++i) {
      const std::string name = "v" + std::to_string(i) + ".mp4";
      write_scene(videos() / part / "dark" / name, dark(i));
      write_scene(videos() / part / "light" / name, light(i));
    }
  }
  static Scene dark(std::uint64_t number) {
    return {.place = 2 * number, .motion = 2 * number, .brighter = -70};
  }
  static Scene light(std::uint64_t number) {
    return {.place = 2 * number + 1, .motion = 2 * number + 1, .brighter = 70};
  }
  std::filesystem::path videos() const { return scratch / "videos"; }
  CheckReport check() const { return check_videos(options); }

  ScratchFolder scratch;
  CheckOptions options;
};

inline std::vector<CheckFinding> findings_of(const CheckReport& report, const std::string& kind) {
  std::vector<CheckFinding> found;
  std::ranges::copy_if(report.findings, std::back_inserter(found),
                       [&](const CheckFinding& one) { return one.kind == kind; });
  return found;
}

inline std::string kinds_of(const CheckReport& report) {
  std::string kinds;
  for (const CheckFinding& one : report.findings) {
    kinds += one.kind + " " + one.file.filename().string() + ": " + one.text + "\n";
  }
  return kinds;
}

}  // namespace c3d
