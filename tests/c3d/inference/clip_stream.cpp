#include "c3d/inference/clip_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"
#include "engine/io/file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

constexpr int kWidth = 64, kHeight = 48;

ClipSpec spec_of(int clips, int step) {
  ClipSpec spec;
  spec.resize_width = kWidth;
  spec.resize_height = kHeight;
  spec.clips = clips;
  spec.step = step;
  return spec;
}

// The numbers of the frames that a clip shows, read from their pixels.
std::vector<int> frame_numbers(const Clip& clip) {
  constexpr std::size_t kBytes = std::size_t{kWidth} * kHeight * 3;
  std::vector<int> numbers;
  for (std::size_t at = 0; at < clip.frames.size(); at += kBytes) {
    numbers.push_back(tiny_video_frame(std::span(clip.frames).subspan(at, kBytes)));
  }
  return numbers;
}

struct Decoded {
  std::vector<Clip> clips;
  std::vector<VideoEnd> ends;
};

Decoded decode(const std::vector<std::filesystem::path>& paths, const ClipSpec& spec,
               const ReadOptions& reading = {}) {
  std::vector<Input> inputs;
  for (const auto& path : paths) inputs.push_back({path.string(), path, path.filename(), ""});
  Decoded decoded;
  ClipStream stream(inputs, spec, reading, 2);
  for (ClipStream::Item item; stream.next(item);) {
    if (Clip* clip = std::get_if<Clip>(&item)) {
      decoded.clips.push_back(std::move(*clip));
    } else {
      decoded.ends.push_back(std::get<VideoEnd>(std::move(item)));
    }
  }
  return decoded;
}

std::vector<int> every(int first, int stride, int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(first + i * stride);
  return numbers;
}

TEST_CASE("windows_slide_over_the_video_and_hold_the_frames_they_name") {
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

TEST_CASE("windows_further_apart_than_they_are_long_leave_frames_out") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 60, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(0, 20));
  REQUIRE(decoded.clips.size() == 3);
  CHECK(frame_numbers(decoded.clips[2]) == every(40, 1, 16));
}

TEST_CASE("even_clips_reach_from_the_first_frame_to_the_last") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 40, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(3, 0));
  REQUIRE(decoded.clips.size() == 3);
  CHECK(frame_numbers(decoded.clips[0]) == every(0, 1, 16));
  CHECK(frame_numbers(decoded.clips[1]) == every(12, 1, 16));
  CHECK(frame_numbers(decoded.clips[2]) == every(24, 1, 16));
}

TEST_CASE("a_video_too_long_to_keep_gives_the_same_clips_in_a_second_pass") {
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

TEST_CASE("a_video_shorter_than_a_clip_is_looped_with_a_warning") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 5, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of(10, GENERATE(0, 8)));
  REQUIRE(decoded.clips.size() == 1);
  CHECK(frame_numbers(decoded.clips[0]) == std::vector<int>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0});
  REQUIRE(decoded.ends[0].warnings.size() == 1);
  CHECK(decoded.ends[0].warnings[0] == "looped: it has 5 of the 16 frames a clip spans");
}

TEST_CASE("a_file_that_is_no_video_does_not_stop_the_next") {
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

TEST_CASE("a_stream_can_be_dropped_while_it_waits_for_room") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 100, kWidth, kHeight);
  const std::vector<Input> inputs(3, Input{"a.mp4", folder / "a.mp4", "a.mp4", ""});
  ClipStream stream(inputs, spec_of(0, 1), {}, 1);
  ClipStream::Item item;
  CHECK(stream.next(item));
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

TEST_CASE("a_pipe_too_long_to_keep_is_refused_for_clips_spread_evenly_and_not_read_again") {
  const ScratchFolder folder;
  ReadOptions reading;
  reading.kept_bytes = std::size_t{kWidth} * kHeight * 3 * 20;  // 20 of 40 frames
  reading.limits.timeout_seconds = 0.5;
  const Decoded decoded = decode_from_pipe(folder, reading);
  REQUIRE(decoded.ends.size() == 1);
  CHECK_THAT(decoded.ends[0].error, Catch::Contains("is a pipe") && Catch::Contains("--window"));
}

TEST_CASE("a_pipe_that_nothing_more_comes_from_fails_in_time") {
  const ScratchFolder folder;
  ReadOptions reading;
  reading.limits.timeout_seconds = 0.2;
  const Decoded decoded = decode_from_pipe(folder, reading);
  REQUIRE(decoded.ends.size() == 1);
  CHECK_THAT(decoded.ends[0].error, Catch::Contains("stalled"));
}

}  // namespace
}  // namespace c3d
