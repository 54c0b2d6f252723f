#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "data/video_reader.h"
#include "data/video_writer.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tiny_video.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("a written video keeps its size when that is odd") {
  ScratchFolder folder;
  write_tiny_video(folder / "odd.mp4", 5, 171, 129);
  VideoReader reader(folder / "odd.mp4");
  CHECK(reader.width() == 171);
  CHECK(reader.height() == 129);
  CHECK(count_frames(folder / "odd.mp4") == 5);
}

TEST_CASE("the same frames give the same file") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 20);
  write_tiny_video(folder / "b.mp4", 20);
  CHECK(read_text(folder / "a.mp4") == read_text(folder / "b.mp4"));
}

TEST_CASE("a written mp4 has its table of frames in front") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4");
  const std::string bytes = read_text(folder / "a.mp4");
  CHECK(bytes.find("moov") < bytes.find("mdat"));
}

TEST_CASE("a video that is not finished leaves no file and spares the old one") {
  ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 3);
  const std::string before = read_text(folder / "a.mp4");
  {
    VideoWriter writer(folder / "a.mp4", {.width = 16, .height = 16});
    writer.write(std::vector<std::uint8_t>(16 * 16 * 3));
  }
  CHECK(read_text(folder / "a.mp4") == before);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("what cannot be written is a clear error") {
  ScratchFolder folder;
  CHECK_THROWS_WITH(VideoWriter(folder / "a.unknown", {.width = 16, .height = 16}),
                    Catch::Contains("use .mp4"));
  CHECK(files_in(folder.path()) == 0);
  CHECK_THROWS_WITH(VideoWriter(folder / "absent/a.mp4", {.width = 16, .height = 16}),
                    Catch::Contains("there is no folder"));
  CHECK_THROWS_AS(VideoWriter(folder / "a.mp4", {.width = 0, .height = 16}), Error);
  VideoWriter writer(folder / "a.mp4", {.width = 16, .height = 16});
  CHECK_THROWS_AS(writer.write(std::vector<std::uint8_t>(5)), Error);
  CHECK_THROWS_WITH(writer.finish(), Catch::Contains("without frames"));
}

TEST_CASE("only names of containers of one file are videos to write") {
  for (const char* name : {"a.mp4", "b.MKV", "c.mov", "d.avi", "e.ts", "f.flv", "g.m4v", "h.h264"}) {
    CHECK_NOTHROW(check_video_name(name));
  }
  for (const char* name : {"a.m3u8", "a.mpd", "a.png", "a%03d.jpg", "a.gif", "a.webm", "a.txt", "a.ism",
                           "mp4", "a.mp4.bak", "/dev/video0"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH(check_video_name(name),
                      Catch::Contains(name) && Catch::Contains(".mp4, .m4v, .mov, .mkv"));
    CHECK_THROWS_AS(VideoWriter(name, {.width = 16, .height = 16}), Error);
  }
}

TEST_CASE("a picture of every size class is written and read again") {
  ScratchFolder folder;
  for (const auto& [width, height] : {std::pair{2562, 1442}, std::pair{4098, 2306}}) {
    CAPTURE(width, height);
    write_tiny_video(folder / "a.mp4", 3, width, height);
    VideoReader reader(folder / "a.mp4");
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (int frame = 0; frame < 3; ++frame) {
      REQUIRE(reader.next(rgb));
      CHECK(tiny_video_frame(rgb) == frame);
    }
    CHECK_FALSE(reader.next(rgb));
  }
}
