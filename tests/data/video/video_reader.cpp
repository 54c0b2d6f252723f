#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "catch.h"
#include "data/video_reader.h"
#include "data/video_writer.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"
#include "tests/support/real_videos.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_video.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<std::uint8_t> frame_buffer(int width, int height, int count = 1) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                   static_cast<std::size_t>(count) * 3);
}

using IndexRow = std::map<std::string, std::string>;

std::vector<IndexRow> real_video_index() {
  std::ifstream file(real_videos() / "index.tsv");
  const auto fields = [](const std::string& line) {
    std::vector<std::string> result;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) result.push_back(field);
    return result;
  };
  std::string line;
  std::vector<IndexRow> rows;
  std::vector<std::string> names;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = fields(line);
    if (names.empty()) {
      names = values;
      continue;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i == 0) rows.emplace_back();
      rows.back()[names.at(i)] = values[i];
    }
  }
  return rows;
}

// Writes [a b; c d] into the mp4's track header, where players look for the rotation (ISO 14496-12, 8.3.2).
void set_display_matrix(const std::filesystem::path& path, int a, int b, int c, int d) {
  std::string bytes = read_text(path);
  const std::size_t matrix = bytes.find("tkhd") + 4 + 40;  // version 0
  const auto put = [&](std::size_t entry, int value) {
    const auto fixed = static_cast<std::uint32_t>(value * 65536);
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[matrix + entry * 4 + i] = static_cast<char>(fixed >> (24 - 8 * i));
    }
  };
  put(0, a);
  put(1, b);
  put(3, c);
  put(4, d);
  std::ofstream(path, std::ios::binary) << bytes;
}

// One frame of noise in large squares: no two corners alike.
void write_squares(const std::filesystem::path& path, int width, int height) {
  VideoWriter writer(path, {.width = width, .height = height, .quality = 10});
  auto pixels = frame_buffer(width, height);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto x = static_cast<int>(i / 3) % width / 8, y = static_cast<int>(i / 3) / width / 8;
    pixels[i] = static_cast<std::uint8_t>((x * 53 + y * 101 + static_cast<int>(i % 3) * 29) % 256);
  }
  writer.write(pixels);
  writer.finish();
}

std::vector<std::uint8_t> first_frame(const std::filesystem::path& path) {
  VideoReader reader(path);
  auto pixels = frame_buffer(reader.width(), reader.height());
  REQUIRE(reader.next(pixels));
  return pixels;
}

std::string error_of(const std::filesystem::path& path) {
  return message_of([&] { static_cast<void>(count_frames(path)); });
}

std::vector<int> shown_numbers(FrameSource& frames, std::int64_t first, int stride, int count) {
  auto pixels = frame_buffer(frames.width(), frames.height(), count);
  frames.read(first, stride, count, pixels);
  const std::size_t bytes = pixels.size() / static_cast<std::size_t>(count);
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) {
    numbers.push_back(
        tiny_video_frame(std::span(pixels).subspan(static_cast<std::size_t>(i) * bytes, bytes)));
  }
  return numbers;
}

}  // namespace

TEST_CASE("the reader gives every frame once and in order") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4");
  VideoReader reader(folder / "a.mp4");
  auto pixels = frame_buffer(reader.width(), reader.height());
  for (int frame = 0; frame < kTinyVideoFrames; ++frame) {
    REQUIRE(reader.next(pixels));
    CHECK(tiny_video_frame(pixels) == frame);
    CHECK(reader.seconds() == Approx(frame / 25.0).margin(1e-6));
  }
  CHECK_FALSE(reader.next(pixels));
  CHECK_FALSE(reader.next(pixels));
  CHECK(reader.facts().fps == Approx(25));
  CHECK(reader.facts().warnings.empty());
}

TEST_CASE("frames skipped without conversion count like the others") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 30);
  VideoReader reader(folder / "a.mp4", FrameSize{17, 13});
  auto pixels = frame_buffer(17, 13);
  for (int i = 0; i < 21; ++i) REQUIRE(reader.next({}));
  REQUIRE(reader.next(pixels));
  CHECK(tiny_video_frame(pixels) == 21);
  CHECK(count_frames(folder / "a.mp4") == 30);
}

TEST_CASE("frames by number are the same forward, backward, repeated and in strides") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4");
  const auto frames = open_frames(folder / "a.mp4", kTinyVideoFrames, FrameSize{20, 20});
  CHECK(frames->frame_count() == kTinyVideoFrames);
  CHECK(shown_numbers(*frames, 3, 2, 4) == std::vector{3, 5, 7, 9});
  CHECK(shown_numbers(*frames, 9, 1, 1) == std::vector{9});
  CHECK(shown_numbers(*frames, 9, 1, 3) == std::vector{9, 10, 11});
  CHECK(shown_numbers(*frames, 35, 1, 5) == std::vector{35, 36, 37, 38, 39});
  CHECK(shown_numbers(*frames, 39, 1, 1) == std::vector{39});
  CHECK(shown_numbers(*frames, 0, 13, 4) == std::vector{0, 13, 26, 39});
  auto pixels = frame_buffer(20, 20, 2);
  CHECK_THROWS_AS(frames->read(39, 1, 2, pixels), Error);
  CHECK_THROWS_AS(frames->read(-1, 1, 2, pixels), Error);
  CHECK_THROWS_AS(frames->read(0, 1, 1, pixels), Error);
}

TEST_CASE("a frame promised but not in the file is an error that names it") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 10);
  const auto frames = open_frames(folder / "a.mp4", 20, std::nullopt);
  auto pixels = frame_buffer(64, 48);
  CHECK_THROWS_WITH(frames->read(15, 1, 1, pixels), Catch::Contains("frame 15 does not decode"));
}

TEST_CASE("frames are shown as the file's display matrix turns them") {
  struct Turn {
    std::string name;
    int a, b, c, d;
    // The upright pixel that stands at (x, y) of the turned picture.
    std::function<std::pair<int, int>(int, int)> upright;
  };
  const int width = 48, height = 32;
  const auto turn = GENERATE_COPY(values<Turn>({
      {"as it is", 1, 0, 0, 1, [=](int x, int y) { return std::pair(x, y); }},
      {"a quarter clockwise", 0, 1, -1, 0, [=](int x, int y) { return std::pair(y, height - 1 - x); }},
      {"half", -1, 0, 0, -1, [=](int x, int y) { return std::pair(width - 1 - x, height - 1 - y); }},
      {"a quarter back", 0, -1, 1, 0, [=](int x, int y) { return std::pair(width - 1 - y, x); }},
      {"mirrored", -1, 0, 0, 1, [=](int x, int y) { return std::pair(width - 1 - x, y); }},
  }));
  CAPTURE(turn.name);
  ScratchFolder folder;
  write_squares(folder / "a.mp4", width, height);
  const auto upright = first_frame(folder / "a.mp4");
  set_display_matrix(folder / "a.mp4", turn.a, turn.b, turn.c, turn.d);
  VideoReader reader(folder / "a.mp4");
  REQUIRE(reader.width() == (turn.b == 0 ? width : height));
  REQUIRE(reader.height() == (turn.b == 0 ? height : width));
  const auto turned = first_frame(folder / "a.mp4");
  int different = 0;
  for (int y = 0; y < reader.height(); ++y) {
    for (int x = 0; x < reader.width(); ++x) {
      const auto [from_x, from_y] = turn.upright(x, y);
      const auto* from = &upright[static_cast<std::size_t>(from_y * width + from_x) * 3];
      const auto* to = &turned[static_cast<std::size_t>(y * reader.width() + x) * 3];
      different += !std::equal(from, from + 3, to);
    }
  }
  CHECK(different == 0);
}

TEST_CASE("frames that change size are given at the first one's") {
  ScratchFolder folder;
  write_tiny_video(folder / "small.h264", 12, 64, 48);  // a bare stream: no time stamps either
  write_tiny_video(folder / "large.h264", 24, 96, 80);
  std::ofstream(folder / "both.h264", std::ios::binary)
      << read_text(folder / "small.h264") << read_text(folder / "large.h264");
  VideoReader reader(folder / "both.h264");
  auto pixels = frame_buffer(64, 48);
  for (int frame = 0; frame < 36; ++frame) {
    REQUIRE(reader.next(pixels));
    CHECK(tiny_video_frame(pixels) == (frame < 12 ? frame : frame - 12));
  }
  CHECK_FALSE(reader.next(pixels));
  REQUIRE(reader.facts().warnings.size() == 1);
  CHECK_THAT(reader.facts().warnings[0], Catch::Contains("change size"));
}

TEST_CASE("one thread may read two videos in turn") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 20);
  write_tiny_video(folder / "b.mp4", 20, 80, 60);
  VideoReader a(folder / "a.mp4", FrameSize{16, 16}), b(folder / "b.mp4", FrameSize{16, 16});
  auto pixels = frame_buffer(16, 16);
  for (int frame = 0; frame < 20; ++frame) {
    REQUIRE(a.next(pixels));
    CHECK(tiny_video_frame(pixels) == frame);
    REQUIRE(b.next(pixels));
    CHECK(tiny_video_frame(pixels) == frame);
  }
}

TEST_CASE("names that FFmpeg would take for addresses are files") {
  ScratchFolder folder;
  for (const char* name : {"http:x.mp4", "a%03d.mp4", "concat:a|b.mp4", "with space.mp4", "-"}) {
    write_tiny_video(folder / "a.mp4", 3);
    std::filesystem::rename(folder / "a.mp4", folder / name);
    CHECK(count_frames(folder / name) == 3);
  }
}

TEST_CASE("what is no video is one clear error") {
  ScratchFolder folder;
  std::ofstream(folder / "empty.mp4").close();
  std::ofstream(folder / "noise.avi") << std::string(5000, '\x9b');
  CHECK_THAT(error_of(folder / "absent.mp4"), Catch::Contains("no such file"));
  CHECK_THAT(error_of(folder.path()), Catch::Contains("is a folder"));
  CHECK_THAT(error_of(folder / "empty.mp4"), Catch::Contains("empty.mp4: is empty"));
  CHECK_THAT(error_of(folder / "noise.avi"), Catch::Contains("noise.avi: not a video"));
}

TEST_CASE("a video cut off in the middle gives its first frames and a warning") {
  ScratchFolder folder;
  write_tiny_video(folder / "whole.mp4");
  std::filesystem::resize_file(folder / "whole.mp4",
                               std::filesystem::file_size(folder / "whole.mp4") * 3 / 4);
  VideoReader reader(folder / "whole.mp4");
  auto pixels = frame_buffer(reader.width(), reader.height());
  int frames = 0, last = -1;
  for (; reader.next(pixels);
       ++frames) {  // a B-frame may be lost whose successor in time stands before the cut
    CHECK(tiny_video_frame(pixels) > last);
    last = tiny_video_frame(pixels);
  }
  CHECK(frames > 5);
  CHECK(frames < kTinyVideoFrames);
  CHECK_FALSE(reader.facts().warnings.empty());
}

TEST_CASE("damaged bytes cost frames, not the file") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 200);
  {
    std::fstream file(folder / "a.mp4", std::ios::in | std::ios::out | std::ios::binary);
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(folder / "a.mp4"));
    for (std::int64_t at = bytes * 3 / 4; at < bytes * 3 / 4 + 200; at += 3) file.seekp(at).put('\x55');
  }
  VideoReader reader(folder / "a.mp4");
  int frames = 0;
  while (reader.next({})) ++frames;
  CHECK(frames > 100);
  CHECK(frames <= 200);
}

TEST_CASE("real videos have the frames that FFmpeg decodes, and the others one clear error") {
  const std::vector<IndexRow> rows = real_video_index();
  if (rows.empty()) return skip(kNoRealVideos);
  const std::vector<std::filesystem::path> few = few_real_videos();
  for (const IndexRow& row : rows) {
    const std::filesystem::path path = real_videos() / row.at("file");
    if (std::ranges::find(few, path) == few.end()) continue;
    CAPTURE(path.string());
    const std::string& decoded = row.at("decoded_frames");
    if (decoded.empty() || decoded == "0") {
      const std::string message = error_of(path);
      CHECK_THAT(message, Catch::Contains(path.string()));
      CHECK_THAT(message, !Catch::Contains("\n"));
    } else {
      std::int64_t frames = 0;
      CHECK_NOTHROW(frames = count_frames(path));
      CHECK(frames == std::stoll(decoded));
    }
  }
}

TEST_CASE("every real video that decodes turns into RGB of the asked size") {
  const std::vector<IndexRow> rows = real_video_index();
  if (rows.empty()) return skip(kNoRealVideos);
  auto pixels = frame_buffer(171, 128);
  for (const IndexRow& row : rows) {
    if (row.at("decoded_frames").empty() || row.at("decoded_frames") == "0") continue;
    CAPTURE(row.at("file"));
    VideoReader reader(real_videos() / row.at("file"), FrameSize{171, 128});
    for (int frame = 0; frame < 3 && reader.next(pixels); ++frame) {
    }
    const bool on_its_side = std::abs(std::atoi(row.at("rotation").c_str())) == 90;
    CHECK(reader.facts().width == std::stoi(row.at(on_its_side ? "height" : "width")));
    CHECK(reader.facts().height == std::stoi(row.at(on_its_side ? "width" : "height")));
  }
}

TEST_CASE("a folder of numbered pictures is a video") {
  const ScratchFolder folder;
  const std::filesystem::path pictures = C3D_SOURCE_DIR "/tests/golden/weights/profile_frames";
  VideoReader reader(pictures, FrameSize{0, 128});
  CHECK(reader.height() == 128);
  CHECK(reader.width() == 171);  // 250 x 187
  CHECK(reader.facts().first_number == 1);
  auto first = frame_buffer(171, 128), second = first;
  CHECK(reader.next(first));
  CHECK(reader.next(second));
  CHECK(first != second);
  CHECK_FALSE(reader.next(first));
  CHECK(count_frames(pictures) == 2);
  folder.write("000001.jpg", "no picture");
  CHECK_THROWS_WITH(VideoReader(folder.path()), Catch::Contains("000001.jpg"));
}

// The authors' list of frames has 165 jpgs of this video, the first two alike; it decodes to 164.
TEST_CASE("constant-rate numbering gives the frames that ffmpeg writes") {
  const auto file = real_videos() / "ucf101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi";
  if (!std::filesystem::exists(file)) return skip(kNoRealVideos);
  const auto frames = [&](Numbering numbering) {
    VideoReader reader(file, FrameSize{32, 24}, numbering);
    std::vector<std::vector<std::uint8_t>> all;
    for (auto frame = frame_buffer(32, 24); reader.next(frame);) all.push_back(frame);
    return all;
  };
  const auto decoded = frames(Numbering::kDecode), written = frames(Numbering::kFfmpegCfr);
  CHECK(decoded.size() == 164);
  REQUIRE(written.size() == 165);
  CHECK(written[0] == decoded[0]);
  CHECK(std::equal(decoded.begin(), decoded.end(), written.begin() + 1));
}
