#include "tools/c3d_synth/video_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "data/video_writer.h"
#include "engine/core/error.h"
#include "engine/io/file_lock.h"
#include "tools/c3d_synth/scene_painter.h"

namespace c3d {
namespace {

constexpr int kStillFrames = 16;

std::vector<int> frames_shown(const VideoSetOptions& options) {
  if (options.play == Play::still) return std::vector<int>(kStillFrames, options.frames / 2);
  std::vector<int> frames(static_cast<std::size_t>(options.frames));
  std::iota(frames.begin(), frames.end(), 0);
  if (options.play == Play::backward) std::reverse(frames.begin(), frames.end());
  return frames;
}

void write_video(const std::filesystem::path& path, const Scene& scene, const VideoSetOptions& options) {
  ScenePainter painter(scene, options.width, options.height, options.frames);
  std::vector<std::uint8_t> rgb(std::size_t{3} * static_cast<std::size_t>(options.width) *
                                static_cast<std::size_t>(options.height));
  VideoWriter writer(path, {.width = options.width, .height = options.height});
  for (const int frame : frames_shown(options)) {
    painter.paint(frame, rgb);
    writer.write(rgb);
  }
  writer.finish();
}

}  // namespace

Play parse_play(const std::string& name) {
  if (name == "forward") return Play::forward;
  if (name == "backward") return Play::backward;
  if (name == "still") return Play::still;
  fail("'{}' is no way to play a video: forward, backward or still", name);
}

void write_video_set(const VideoSetOptions& options, const ItemProgress& progress) {
  expect(options.frames > 0 && options.width > 0 && options.height > 0, "videos of {} frames of {}x{}",
         options.frames, options.width, options.height);
  std::vector<std::string> names;
  names.reserve(std::size(kMotions));
  for (const Motion motion : kMotions) names.emplace_back(to_string(motion));
  make_class_folders(options.folder, names);
  const FileLock folder_lock(lock_file_of(options.folder),
                             fmt::format("the folder {}", options.folder.string()));
  const auto write = [&](std::int64_t video) {
    const Motion motion = kMotions[static_cast<std::size_t>(video % std::ssize(kMotions))];
    const auto index = static_cast<std::uint32_t>(video / std::ssize(kMotions));
    const std::string name = to_string(motion);
    write_video(options.folder / name / fmt::format("{}_{:04}.mp4", name, index + 1),
                make_scene(motion, options.look, options.seed, index), options);
  };
  for_each_item(std::int64_t{options.per_class} * std::ssize(kMotions), options.threads, write, progress);
}

}  // namespace c3d
