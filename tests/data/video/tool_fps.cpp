// Frames by time (fps) beside FFmpeg's tool itself: `ffmpeg -i VIDEO -vf fps=N -vsync 0`, picture for
// picture.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "tests/support/ffmpeg_tool.h"
#include "tests/support/message_of.h"
#include "tests/support/real_videos.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_video.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

const std::vector<std::string> kRates = {"1",      "5",          "7.3", "10", "12.5",
                                         "23.976", "30000/1001", "25",  "30", "60"};

Numbering at(const std::string& rate) { return Numbering::at(parse_frame_rate(rate)); }

std::vector<int> ours(const std::filesystem::path& video, const std::string& rate) {
  VideoReader reader(video, std::nullopt, at(rate));
  return numbers(reader);
}

// Pictures one after the other in a file.
class PictureFile {
 public:
  explicit PictureFile(const std::filesystem::path& path) : file_(path, std::ios::binary) {}
  bool next(std::vector<std::uint8_t>& rgb) {
    return !!file_.read(reinterpret_cast<char*>(rgb.data()), static_cast<std::streamsize>(rgb.size()));
  }

 private:
  std::ifstream file_;
};

// What one run of the tool makes of the video at each of the rates: it starts more slowly than it decodes.
std::vector<std::vector<int>> tools(const std::filesystem::path& video) {
  const ScratchFolder folder;
  std::string command = "ffmpeg -nostdin -loglevel error -threads 1 -i " + in_quotes(video);
  for (const std::string& rate : kRates) {
    command += " -map 0:v -vf fps=" + rate + " -vsync 0 -f rawvideo -pix_fmt rgb24 " +
               in_quotes(folder / std::to_string(&rate - kRates.data()));
  }
  REQUIRE(std::system(command.c_str()) == 0);
  std::vector<std::vector<int>> result;
  for (std::size_t rate = 0; rate < kRates.size(); ++rate) {
    PictureFile frames(folder / std::to_string(rate));
    result.push_back(numbers(frames));
  }
  return result;
}

// A copy of the video whose times are those of an expression of N, the frame's number, in seconds.
void retime(const std::filesystem::path& video, const std::filesystem::path& out, const std::string& seconds,
            const std::string& options = "") {
  const std::string filter = "settb=1/90000,setpts='(" + seconds + ")*90000'";
  const std::string command = "ffmpeg -nostdin -loglevel error -y -i " + in_quotes(video) + " " + options +
                              " -vf " + in_quotes(filter) + " -vsync 0 -c:v libx264 -qp 8 -bf 2 -g 12 " +
                              in_quotes(out);
  REQUIRE(std::system(command.c_str()) == 0);
}

void check_all_rates(const std::filesystem::path& video) {
  const std::vector<std::vector<int>> expected = tools(video);
  for (std::size_t rate = 0; rate < kRates.size(); ++rate) {
    CAPTURE(video.filename().string(), kRates[rate]);
    CHECK(!expected[rate].empty());
    CHECK(std::ranges::find(expected[rate], -1) == expected[rate].end());
    CHECK(ours(video, kRates[rate]) == expected[rate]);
  }
}

void write_a(const std::filesystem::path& path) {
  write_tiny_video(path, kTinyVideoFrames, kVideoWidth, kVideoHeight);
}

}  // namespace

TEST_CASE("frames by time are those of FFmpeg's filter fps, in every container") {
  if (!has_tool()) return skip(kNoTool);
  ScratchFolder folder;
  for (const char* name : {"a.avi", "a.mp4", "a.mkv", "a.ts", "a.mov", "a.flv", "a.h264"}) {
    write_a(folder / name);
    check_all_rates(folder / name);
  }
}

TEST_CASE("frames by time are those of FFmpeg's filter fps, of 29.97 a second and of changing rates") {
  if (!has_tool()) return skip(kNoTool);
  ScratchFolder folder;
  write_a(folder / "a.mp4");
  for (const char* ending : {".mp4", ".mkv"}) {
    const auto path = [&](const std::string& name) { return folder / (name + ending); };
    retime(folder / "a.mp4", path("ntsc"), "N*1001/30000");
    retime(folder / "a.mp4", path("changing"), "N*0.03+mod(N*N,7)*0.003+if(gt(N,20),0.8,0)");
    retime(folder / "a.mp4", path("slow"), "N*0.6");
    check_all_rates(path("ntsc"));
    check_all_rates(path("changing"));
    check_all_rates(path("slow"));
  }
}

TEST_CASE("frames by time are those of FFmpeg's filter fps where the first time is not 0") {
  if (!has_tool()) return skip(kNoTool);
  ScratchFolder folder;
  write_a(folder / "a.mp4");
  retime(folder / "a.mp4", folder / "late.mkv", "N*0.04+1.37");
  retime(folder / "a.mp4", folder / "late.ts", "N*0.04+0.77");
  // Its sound begins 0.9 seconds before the pictures.
  const std::string sound = "-f lavfi -i sine=duration=3 -map 0:v -map 1:a -c:a aac";
  retime(folder / "a.mp4", folder / "after_sound.mp4", "N*0.04+0.9", sound);
  retime(folder / "a.mp4", folder / "after_sound.mkv", "N*0.04+0.93", sound);
  for (const char* name : {"late.mkv", "late.ts", "after_sound.mp4", "after_sound.mkv"}) {
    check_all_rates(folder / name);
  }
}

TEST_CASE("frames by time of real videos are those of FFmpeg's filter fps") {
  if (!has_tool()) return skip(kNoTool);
  const auto videos = few_real_videos();
  if (videos.empty()) return skip(kNoRealVideos);
  int read = 0;
  for (const std::filesystem::path& video : videos) {
    if (std::filesystem::file_size(video) < 10'000) continue;  // one picture, which has no rate
    CAPTURE(video.string());
    std::unique_ptr<VideoReader> reader;
    try {
      reader = std::make_unique<VideoReader>(video, std::nullopt, at("10"));
    } catch (const Error&) {
      continue;  // what does not open is for other tests
    }
    ToolFrames written(video, "-vf fps=10 -vsync 0");
    const ToolComparison result = compared(*reader, written, kFramesOfRealVideos);
    CHECK(result.missing == 0);
    CHECK(result.different == 0);
    read += static_cast<int>(result.frames > 0);
  }
  CHECK(read > 0);
}

TEST_CASE("frames by time are found by number, forwards and backwards") {
  ScratchFolder folder;
  write_a(folder / "a.mp4");
  const std::vector<int> all = ours(folder / "a.mp4", "60");
  const auto count = static_cast<std::int64_t>(all.size());
  CHECK(count == 96);  // 1.6 seconds
  const auto frames =
      open_frames(folder / "a.mp4", count, FrameSize{kVideoWidth, kVideoHeight}, {}, at("60"));
  std::vector<std::uint8_t> rgb(std::size_t{kVideoWidth} * kVideoHeight * 3);
  for (const std::int64_t frame : {std::int64_t{50}, count - 1, std::int64_t{3}, std::int64_t{4}}) {
    frames->read(frame, 1, 1, rgb);
    CHECK(tiny_video_frame(rgb) == all[static_cast<std::size_t>(frame)]);
  }
}

TEST_CASE("frames by time say when in the video they are shown") {
  ScratchFolder folder;
  write_a(folder / "a.mp4");
  VideoReader reader(folder / "a.mp4", std::nullopt, at("10"));
  for (int frame = 0; frame < 16; ++frame) {
    REQUIRE(reader.next({}));
    CHECK(reader.seconds() == Approx(frame / 10.0));
  }
  CHECK_FALSE(reader.next({}));
}

TEST_CASE(
    "a video that is too short for one frame by time says so, and pictures say that they have no times") {
  ScratchFolder folder;
  write_tiny_video(folder / "short.mp4", 5, kVideoWidth, kVideoHeight);
  CHECK_THAT(
      message_of([&] { static_cast<void>(ours(folder / "short.mp4", "1")); }),
      Catch::Contains("short.mp4") && Catch::Contains("at 1 frames a second") && Catch::Contains("fps file"));
  std::filesystem::create_directories(folder / "pictures");
  std::ofstream(folder / "pictures/000001.jpg") << "no picture is looked at";
  CHECK_THAT(message_of([&] { static_cast<void>(ours(folder / "pictures", "10")); }),
             Catch::Contains("numbered pictures have no times") && Catch::Contains("fps file"));
}
