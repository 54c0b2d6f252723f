#include "tools/c3d_synth/video_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
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

void write_video_set(const VideoSetOptions& options,
                     const std::function<void(std::int64_t, std::int64_t)>& progress) {
  expect(options.frames > 0 && options.width > 0 && options.height > 0, "videos of {} frames of {}x{}",
         options.frames, options.width, options.height);
  for (const Motion motion : kMotions) {
    std::error_code error;
    std::filesystem::create_directories(options.folder / to_string(motion), error);
    expect(!error, "{}: cannot make this folder ({})", options.folder / to_string(motion), error.message());
  }
  const FileLock folder_lock(lock_file_of(options.folder),
                             fmt::format("the folder {}", options.folder.string()));
  const std::int64_t total = std::int64_t{options.per_class} * std::ssize(kMotions);
  std::mutex mutex;
  std::int64_t next = 0, done = 0;
  std::exception_ptr error;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (next < total && !error) {
      const std::int64_t video = next++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        const Motion motion = kMotions[static_cast<std::size_t>(video % std::ssize(kMotions))];
        const auto index = static_cast<std::uint32_t>(video / std::ssize(kMotions));
        const std::string name = to_string(motion);
        write_video(options.folder / name / fmt::format("{}_{:04}.mp4", name, index + 1),
                    make_scene(motion, options.look, options.seed, index), options);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure) error = failure;
      progress(++done, total);
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(options.threads));
    for (int i = 0; i < options.threads; ++i) threads.emplace_back(work);
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace c3d
