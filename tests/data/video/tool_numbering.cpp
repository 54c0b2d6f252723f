// Numbering by ffmpeg-cfr beside FFmpeg's tool itself: how many pictures it writes, and which they are.
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "tests/support/ffmpeg_tool.h"
#include "tests/support/real_videos.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_video.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<int> read_at_constant_rate(const std::filesystem::path& video) {
  VideoReader reader(video, std::nullopt, Numbering::kFfmpegCfr);
  return numbers(reader);
}

std::vector<int> counted(int end) {
  std::vector<int> result;
  for (int i = 0; i < end; ++i) result.push_back(i);
  return result;
}

void join(const std::filesystem::path& out, const std::vector<std::filesystem::path>& parts) {
  std::ofstream joined(out, std::ios::binary);
  for (const auto& part : parts) joined << std::ifstream(part, std::ios::binary).rdbuf();
}

// A Matroska file whose first picture does not decode and says that it is shown 5 s after all others: the
// count starts at its time, and the others lie before it.
void write_late_start(const std::filesystem::path& path) {
  write_tiny_video(path, kTinyVideoFrames, kVideoWidth, kVideoHeight);
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const std::string block_of_key_frame("\x81\0\0\x80", 4);  // track 1, 0 ms after its cluster, key frame
  const std::size_t block = bytes.find(block_of_key_frame);
  REQUIRE(block != std::string::npos);
  constexpr int kLateMs = 5000;
  bytes[block + 1] = static_cast<char>(kLateMs >> 8);
  bytes[block + 2] = static_cast<char>(kLateMs & 0xff);
  bytes.replace(block + block_of_key_frame.size(), 200, 200, '\xff');
  std::ofstream(path, std::ios::binary) << bytes;
}

// What moves the tool's clock: formats that say when a picture is decoded but not when it is shown, joined
// streams, streams without times, an end in the middle.
std::vector<std::filesystem::path> videos_in(const ScratchFolder& folder) {
  std::vector<std::filesystem::path> videos;
  for (const char* name : {"a.avi", "a.mp4", "a.mkv", "a.ts", "a.mov", "a.flv", "a.h264"}) {
    videos.push_back(folder / name);
    write_tiny_video(videos.back(), kTinyVideoFrames, kVideoWidth, kVideoHeight);
  }
  write_tiny_video(folder / "b.ts", 23, kVideoWidth, kVideoHeight);
  for (const char* ends : {".ts", ".h264"}) {
    videos.push_back(folder / ("twice" + std::string(ends)));
    join(videos.back(), {folder / ("a" + std::string(ends)), folder / ("a" + std::string(ends))});
  }
  videos.push_back(folder / "aba.ts");
  join(videos.back(), {folder / "a.ts", folder / "b.ts", folder / "a.ts"});
  for (const char* name : {"a.avi", "a.mkv", "a.ts"}) {
    videos.push_back(folder / ("cut_" + std::string(name)));
    std::filesystem::copy_file(folder / name, videos.back());
    std::filesystem::resize_file(videos.back(), std::filesystem::file_size(folder / name) * 3 / 4);
  }
  return videos;
}

}  // namespace

TEST_CASE("an AVI with B-frames has the numbers that FFmpeg's tool gives it") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.avi", kTinyVideoFrames, kVideoWidth, kVideoHeight);
  CHECK(read_at_constant_rate(folder / "a.avi") == counted(kTinyVideoFrames));
}

TEST_CASE("joined transport streams go on counting") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.ts", kTinyVideoFrames, kVideoWidth, kVideoHeight);
  join(folder / "twice.ts", {folder / "a.ts", folder / "a.ts"});
  std::vector<int> expected = counted(kTinyVideoFrames);
  const std::vector<int> second = expected;
  expected.insert(expected.end(), second.begin(), second.end());
  CHECK(read_at_constant_rate(folder / "twice.ts") == expected);
}

TEST_CASE("a video of which FFmpeg's tool writes no picture is refused, not given as none") {
  ScratchFolder folder;
  write_late_start(folder / "late.mkv");
  if (has_tool()) {
    ToolFrames written(folder / "late.mkv");
    CHECK(numbers(written).empty());
  }
  CHECK_THROWS_WITH(read_at_constant_rate(folder / "late.mkv"),
                    Catch::Contains("late.mkv") && Catch::Contains("number by decode"));
}

TEST_CASE("constant-rate numbering is that of FFmpeg's tool in every container") {
  if (!has_tool()) return skip(kNoTool);
  ScratchFolder folder;
  for (const auto& video : videos_in(folder)) {
    CAPTURE(video.filename().string());
    ToolFrames written(video);
    const std::vector<int> expected = numbers(written);
    CHECK(expected.size() > 3);
    CHECK(read_at_constant_rate(video) == expected);
  }
}

TEST_CASE("constant-rate numbering of real videos is that of FFmpeg's tool, picture for picture") {
  if (!has_tool()) return skip(kNoTool);
  const auto videos = few_real_videos();
  if (videos.empty()) return skip(kNoRealVideos);
  int read = 0;
  for (const std::filesystem::path& video : videos) {
    CAPTURE(video.string());
    std::unique_ptr<VideoReader> reader;
    try {
      reader = std::make_unique<VideoReader>(video, std::nullopt, Numbering::kFfmpegCfr);
    } catch (const Error&) {
      continue;  // what does not open is for other tests
    }
    ToolFrames written(video);
    const ToolComparison result = compared(*reader, written, kFramesOfRealVideos);
    CHECK(result.missing == 0);
    CHECK(result.different == 0);
    read += static_cast<int>(result.frames > 0);
  }
  CHECK(read > 0);
}
