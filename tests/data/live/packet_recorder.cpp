// What is kept of a stream, and recorded, by a clock that the tests turn: 25 packets a second, a key frame
// every 12.
#include "data/live/packet_recorder.h"

#include "catch.h"
#include "data/video_reader.h"
#include "engine/io/file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

constexpr int kKeyEvery = 12;

struct Stream {
  explicit Stream(const char* name = "a.ts") : video(folder / name) {
    write_tiny_video(video, 240);
    input.emplace(live_address(video), LiveReadOptions{});
  }
  static PacketRecorder::TimePoint at(int packet) {
    return PacketRecorder::TimePoint() + std::chrono::milliseconds(40 * packet);
  }
  // The next packets, each at its time.
  void add_to(PacketRecorder& recorder, int count) {
    for (; count > 0; --count) {
      REQUIRE(input->next(*packet));
      recorder.add(*packet, at(number++));
      av_packet_unref(packet.get());
    }
  }

  ScratchFolder folder;
  std::filesystem::path video;
  std::optional<LiveInput> input;
  CodedPacket packet{av_packet_alloc()};
  int number = 0;
};

std::vector<int> frames_of(const std::filesystem::path& file) {
  VideoReader reader(file);
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(reader.width()) *
                                static_cast<std::size_t>(reader.height()) * 3);
  std::vector<int> numbers;
  while (reader.next(rgb)) numbers.push_back(tiny_video_frame(rgb));
  return numbers;
}

TEST_CASE("packets are kept from a key frame before what is needed, and no further back") {
  Stream stream;
  PacketRecorder recorder(stream.input->stream());
  recorder.keep_since(Stream::at(0));
  stream.add_to(recorder, 100);
  CHECK(recorder.kept_packets() == 100);
  recorder.keep_since(Stream::at(90));
  stream.add_to(recorder, 1);
  CHECK(recorder.kept_packets() == 101 - 84);  // 84 = 7 * 12 is the last key frame at or before 90
}

TEST_CASE("kept packets never take more than their memory") {
  Stream stream;
  PacketRecorder recorder(stream.input->stream(), 4000);
  recorder.keep_since(Stream::at(0));
  for (int i = 0; i < 200; ++i) {
    stream.add_to(recorder, 1);
    REQUIRE(recorder.kept_bytes() <= 4000);
  }
  CHECK(recorder.kept_packets() > 0);
}

TEST_CASE("a recording begins at the key frame before, and ends at its time") {
  for (const char* name : {"a.ts", "a.mkv", "a.avi"}) {
    INFO(name);
    Stream stream(name);
    PacketRecorder recorder(stream.input->stream());
    recorder.keep_since(Stream::at(0));
    stream.add_to(recorder, 60);
    recorder.record(stream.folder / "part", Stream::at(40), Stream::at(80));
    CHECK_FALSE(std::filesystem::exists(stream.folder / "part.mp4"));
    stream.add_to(recorder, 21);
    const std::vector<Recording> done = recorder.take_recordings();
    REQUIRE(done.size() == 1);
    CHECK(done[0].error.empty());
    CHECK(done[0].file == stream.folder / "part.mp4");
    const std::vector<int> frames = frames_of(done[0].file);
    REQUIRE(frames.size() == 80 - 36);
    CHECK(frames.front() == 3 * kKeyEvery);
    CHECK(std::ranges::is_sorted(frames));
    CHECK(recorder.take_recordings().empty());
  }
}

TEST_CASE("an alert during a recording prolongs it") {
  Stream stream;
  PacketRecorder recorder(stream.input->stream());
  recorder.record(stream.folder / "part", Stream::at(0), Stream::at(20));
  stream.add_to(recorder, 15);
  recorder.record(stream.folder / "other", Stream::at(0), Stream::at(40));
  stream.add_to(recorder, 60);
  CHECK_FALSE(std::filesystem::exists(stream.folder / "other.mp4"));
  REQUIRE(recorder.take_recordings().size() == 1);
  CHECK(frames_of(stream.folder / "part.mp4").size() == 40);
}

TEST_CASE("a recording that is ended early holds what there is, and one of nothing leaves nothing") {
  Stream stream;
  PacketRecorder recorder(stream.input->stream());
  recorder.end();
  stream.add_to(recorder, 24);
  recorder.record(stream.folder / "part", Stream::at(0), Stream::at(1000));
  recorder.end();
  CHECK(frames_of(stream.folder / "part.mp4").size() == 24);
}

TEST_CASE("a recording that cannot be written says so, and the next one can") {
  Stream stream;
  PacketRecorder recorder(stream.input->stream());
  stream.add_to(recorder, 24);
  recorder.record(stream.folder / "none/part", Stream::at(0), Stream::at(1000));
  const std::vector<Recording> done = recorder.take_recordings();
  REQUIRE(done.size() == 1);
  CHECK_THAT(done[0].error, Catch::Contains("none"));
  recorder.record(stream.folder / "part", Stream::at(0), Stream::at(1000));
  recorder.end();
  CHECK(recorder.take_recordings().at(0).error.empty());
}

}  // namespace
}  // namespace c3d
