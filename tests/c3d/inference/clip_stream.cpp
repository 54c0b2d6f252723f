#include "c3d/inference/clip_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"
#include "engine/io/file.h"
#include "kernels/reference/reference_backend.h"
#include "tests/c3d/inference/decoded_clips.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

ClipSpec spec_of(int clips, int step) {
  ClipSpec spec;
  spec.resize_width = kWidth;
  spec.resize_height = kHeight;
  spec.clips = clips;
  spec.step = step;
  return spec;
}

std::vector<int> every(int first, int stride, int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(first + i * stride);
  return numbers;
}

TEST_CASE("windows slide over the video and hold the frames they name") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 40, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(0, 8));
  REQUIRE(decoded.clips.size() == 4);
  for (int i = 0; i < 4; ++i) {
    const Clip& clip = decoded.clips[static_cast<std::size_t>(i)];
    CHECK(clip.first_frame == 8 * i);
    CHECK(frame_numbers(clip) == every(8 * i, 1, 16));
  }
  REQUIRE(decoded.ends.size() == 1);
  CHECK(decoded.ends[0].error.empty());
  CHECK(decoded.ends[0].times.frames() == 40);
  CHECK(decoded.ends[0].warnings.empty());
}

TEST_CASE("windows further apart than they are long leave frames out") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 60, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(0, 20));
  REQUIRE(decoded.clips.size() == 3);
  CHECK(frame_numbers(decoded.clips[2]) == every(40, 1, 16));
}

TEST_CASE("even clips reach from the first frame to the last") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 40, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(3, 0));
  REQUIRE(decoded.clips.size() == 3);
  CHECK(frame_numbers(decoded.clips[0]) == every(0, 1, 16));
  CHECK(frame_numbers(decoded.clips[1]) == every(12, 1, 16));
  CHECK(frame_numbers(decoded.clips[2]) == every(24, 1, 16));
}

TEST_CASE("a video too long to keep gives the same clips in a second pass") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 100, kWidth, kHeight);
  ClipSpec spec = spec_of(7, 0);
  spec.frame_stride = 2;
  const Decoded kept = decode({folder / "a.mp4"}, spec);
  const Decoded twice =
      decode({folder / "a.mp4"}, spec, {.kept_bytes = std::size_t{kWidth} * kHeight * 3 * 33});
  REQUIRE(kept.clips.size() == 7);
  REQUIRE(twice.clips.size() == 7);
  CHECK(frame_numbers(kept.clips[6]) == every(69, 2, 16));
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(twice.clips[i].first_frame == kept.clips[i].first_frame);
    CHECK(twice.clips[i].frames == kept.clips[i].frames);
  }
  CHECK(twice.ends[0].times.frames() == 100);
}

TEST_CASE("a video shorter than a clip is looped with a warning") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 5, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(10, GENERATE(0, 8)));
  REQUIRE(decoded.clips.size() == 1);
  CHECK(frame_numbers(decoded.clips[0]) == std::vector<int>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0});
  REQUIRE(decoded.ends[0].warnings.size() == 1);
  CHECK(decoded.ends[0].warnings[0] == "looped: it has 5 of the 16 frames a clip spans");
}

TEST_CASE("a file that is no video does not stop the next") {
  const ScratchFolder folder;
  const auto text = folder.write("text.mp4", "this is no video");
  write_tiny_video(folder / "a.mp4", 20, kWidth, kHeight);
  const Decoded decoded = decode({text, folder / "absent.mp4", folder / "a.mp4"}, spec_of(1, 0));
  REQUIRE(decoded.ends.size() == 3);
  CHECK(!decoded.ends[0].error.empty());
  CHECK(decoded.ends[1].error == "no such file");
  CHECK(decoded.ends[2].error.empty());
  REQUIRE(decoded.clips.size() == 1);
  CHECK(decoded.clips[0].video == 2);
}

TEST_CASE("a stream can be dropped while it waits for room") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 100, kWidth, kHeight);
  const std::vector<Input> inputs(3, Input{"a.mp4", folder / "a.mp4", "a.mp4", ""});
  ClipStream stream(inputs, spec_of(0, 1), {}, {.readers = GENERATE(1, 3), .clips_ahead = 1});
  CHECK(stream.next().has_value());
}

TEST_CASE("clips come in the order of their videos and with the same bytes whoever reads them") {
  const ScratchFolder folder;
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < 9; ++i) {
    paths.push_back(folder / fmt::format("{}.mp4", i));
    if (i != 4) write_tiny_video(paths.back(), 18 + 9 * (i % 4), kWidth, kHeight);
  }
  folder.write("4.mp4", "this is no video");
  ClipSpec spec = spec_of(3, GENERATE(0, 5));
  spec.frame_stride = 2;
  const Decoded one = decode(paths, spec);
  const Decoded several = decode(paths, spec, {.readers = GENERATE(2, 3, 4)});
  REQUIRE(one.ends.size() == paths.size());
  REQUIRE(several.ends.size() == paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    CHECK(several.ends[i].video == i);
    CHECK(several.ends[i].error == one.ends[i].error);
    CHECK(several.ends[i].error.empty() == (i != 4));
    CHECK(several.ends[i].times.frames() == one.ends[i].times.frames());
    CHECK(several.ends[i].warnings == one.ends[i].warnings);
  }
  REQUIRE(several.clips.size() == one.clips.size());
  for (std::size_t i = 0; i < one.clips.size(); ++i) {
    CHECK(several.clips[i].video == one.clips[i].video);
    CHECK(several.clips[i].first_frame == one.clips[i].first_frame);
    CHECK(several.clips[i].frames == one.clips[i].frames);
  }
}

TEST_CASE("windows at a stride hold their frames though others between are never converted") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 60, kWidth, kHeight);
  ClipSpec spec = spec_of(0, 5);
  spec.frame_stride = 3;
  const Decoded decoded = decode({folder / "a.mp4"}, spec);
  REQUIRE(decoded.clips.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(frame_numbers(decoded.clips[static_cast<std::size_t>(i)]) == every(5 * i, 3, 16));
  }
}

TEST_CASE("what readers keep together is bounded and those without room read again") {
  const ScratchFolder folder;
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < 4; ++i) {
    paths.push_back(folder / fmt::format("{}.mp4", i));
    write_tiny_video(paths.back(), 60, kWidth, kHeight);
  }
  const Decoded kept = decode(paths, spec_of(4, 0));
  const Decoded bounded =
      decode(paths, spec_of(4, 0), {.kept_bytes = std::size_t{kWidth} * kHeight * 3 * 20, .readers = 4});
  REQUIRE(bounded.clips.size() == kept.clips.size());
  for (std::size_t i = 0; i < kept.clips.size(); ++i) CHECK(bounded.clips[i].frames == kept.clips[i].frames);
  KeptRoom room(100);
  CHECK(room.take(60));
  CHECK_FALSE(room.take(41));
  CHECK(room.take(40));
  room.give(100);
  CHECK(room.take(100));
}

TEST_CASE("as many read as are asked for and no more than there are videos") {
  const ClipSpec spec = spec_of(1, 0);
  CHECK(reading_plan(spec, {.readers = 3}, 10, 4).readers == 3);
  CHECK(reading_plan(spec, {.readers = 3}, 2, 4).readers == 2);
  CHECK(reading_plan(spec, {.readers = 3}, 0, 4).readers == 1);
  CHECK(reading_plan(spec, {}, 1000, 4).readers >= 1);
  const ReadingPlan plan = reading_plan(spec, {.readers = 3}, 10, 4);
  CHECK(plan.clips_ahead >= 8);
  CHECK(plan.clips >= plan.clips_ahead + 3 + 12);
}

TEST_CASE("clips lie in the backend's memory and beyond it in ordinary memory") {
  const auto backend = make_reference_backend();
  ClipMemory memory(*backend, 1000, 2);
  std::vector<ClipFrames> clips;
  for (int i = 0; i < 3; ++i) clips.emplace_back(1000, &memory);
  const std::uint8_t* const first = clips[0].data();
  CHECK(clips[1].data() != first);
  CHECK(memory.kind_of(clips[2].data()) == MemoryKind::host);
  clips.erase(clips.begin());
  const ClipFrames again(900, &memory);
  CHECK(again.data() == first);
}

// What a pipe gives of a tiny video.
Decoded decode_from_pipe(const ScratchFolder& folder, const ReadOptions& reading) {
  write_tiny_video(folder / "a.ts", 40, kWidth, kHeight);
  const std::filesystem::path pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const File keeps_it_open(pipe, O_RDWR);  // so that neither end waits for the other, nor is told of its end
  File writer(pipe, O_WRONLY);
  fcntl(writer.descriptor(), F_SETPIPE_SZ, 1 << 20);
  std::ifstream file(folder / "a.ts", std::ios::binary);
  writer.write(std::string_view(std::string(std::istreambuf_iterator<char>(file), {})));
  return decode({pipe}, spec_of(3, 0), reading);
}

TEST_CASE("a pipe too long to keep is refused for clips spread evenly and not read again") {
  const ScratchFolder folder;
  ReadOptions reading;
  reading.kept_bytes = std::size_t{kWidth} * kHeight * 3 * 20;  // 20 of 40 frames
  reading.limits.timeout_seconds = 0.5;
  const Decoded decoded = decode_from_pipe(folder, reading);
  REQUIRE(decoded.ends.size() == 1);
  CHECK_THAT(decoded.ends[0].error, Catch::Contains("is a pipe") && Catch::Contains("--window"));
}

TEST_CASE("a pipe that nothing more comes from fails in time") {
  const ScratchFolder folder;
  ReadOptions reading;
  reading.limits.timeout_seconds = 0.2;
  const Decoded decoded = decode_from_pipe(folder, reading);
  REQUIRE(decoded.ends.size() == 1);
  CHECK_THAT(decoded.ends[0].error, Catch::Contains("stalled"));
}

}  // namespace
}  // namespace c3d
