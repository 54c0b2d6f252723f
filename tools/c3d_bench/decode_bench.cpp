#include "tools/c3d_bench/decode_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "c3d/common/machine.h"
#include "data/folder_walk.h"
#include "engine/core/error.h"
#include "engine/io/json.h"
#include "tools/c3d_bench/stopwatch.h"

namespace c3d {
namespace {

constexpr FrameSize kSize{171, 128};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::int64_t read_all(const std::filesystem::path& video, std::vector<std::uint8_t>& frame,
                      ReadingTime& time) {
  VideoReader reader(video, kSize);
  std::int64_t frames = 0;
  while (reader.next(frame)) ++frames;
  time += reader.time_taken();
  return frames;
}

}  // namespace

std::vector<std::filesystem::path> videos_to_decode(const std::filesystem::path& folder) {
  expect(std::filesystem::is_directory(folder), "{}: no such folder", folder);
  return walk_folder(folder, {}).videos;
}

DecodeTimes measure_decoding(const std::filesystem::path& folder, int repeats) {
  DecodeTimes times;
  std::vector<std::uint8_t> frame(std::size_t{3} * kSize.width * kSize.height);
  for (const std::filesystem::path& video : videos_to_decode(folder)) {
    try {
      ReadingTime warming_up;
      times.frames += read_all(video, frame, warming_up);
      times.files.push_back(video);
    } catch (const Error&) {  // left out: nobody can be measured with it
    }
  }
  expect(!times.files.empty(), "{}: holds no video that decodes", folder.string());
  for (int i = 0; i < repeats; ++i) {
    const double cpu_start = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    for (const std::filesystem::path& video : times.files) read_all(video, frame, times.reading);
    times.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    times.cpu_seconds.push_back(cpu_seconds() - cpu_start);
  }
  return times;
}

std::string decode_table(const DecodeTimes& times) {
  const auto frames = static_cast<double>(times.frames);
  const auto microseconds = [&](double seconds) {
    return seconds / frames / static_cast<double>(times.seconds.size()) * 1e6;
  };
  return fmt::format(
      "{}\n{} videos, {} frames to {}x{}: {:.0f} frames/s, {:.0f} by processor time\n"
      "a frame: decoding {:.1f} us, resizing {:.1f} us\n",
      machine_name(), times.files.size(), times.frames, kSize.width, kSize.height,
      frames / median(times.seconds), frames / median(times.cpu_seconds),
      microseconds(times.reading.decode_seconds), microseconds(times.reading.resize_seconds));
}

std::string decode_json(const DecodeTimes& times, const std::string& command) {
  const auto frames = static_cast<double>(times.frames), passes = static_cast<double>(times.seconds.size());
  nlohmann::ordered_json json{{"command", command}, {"machine", machine_name()}, {"commit", commit()}};
  json["width"] = kSize.width;
  json["height"] = kSize.height;
  json["frames"] = times.frames;
  json["seconds"] = median(times.seconds);
  json["cpu_seconds"] = median(times.cpu_seconds);
  json["frames_per_second"] = frames / median(times.seconds);
  json["frames_per_cpu_second"] = frames / median(times.cpu_seconds);
  json["decode_seconds"] = times.reading.decode_seconds / passes;
  json["resize_seconds"] = times.reading.resize_seconds / passes;
  json["files"] = nlohmann::ordered_json::array();
  for (const std::filesystem::path& file : times.files) json["files"].push_back(file.string());
  return dump_json(json, 1) + "\n";
}

}  // namespace c3d
