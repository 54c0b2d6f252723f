// Live runs from their source to their last line: files, pipes, standard input, UDP, cameras, alerts and
// recordings.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "c3d/video_classifier.h"
#include "catch.h"
#include "data/video_reader.h"
#include "engine/io/file.h"
#include "tests/c3d/live/live_fixture.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

fs::path make_pipe(const ScratchFolder& folder) {
  fs::path path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  return path;
}

// Windows of 16 frames every 8, whose last frame is among so many.
std::int64_t windows_of(std::int64_t frames) { return frames < 16 ? 0 : (frames - 16) / 8 + 1; }

TEST_CASE_METHOD(LiveFixture, "a file waits for the network, and has the labels that it has elsewhere") {
  stream(60);
  const LiveTotals totals = run(folder / "stream.ts");
  CHECK(totals.error.empty());
  CHECK(totals.frames == 60);
  CHECK(totals.windows == windows_of(60));
  CHECK(totals.dropped_windows == 0);
  CHECK(totals.connections == 1);

  NetworkOptions same;
  same.device.threads = 1;
  same.device.plan = "fixed";
  VideoClassifier offline(folder / "w.safetensors", same);
  const LabeledVideo video = offline.label(folder / "stream.ts", {.step = 8});
  REQUIRE(video.windows.size() == windows.size());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    CHECK(windows[i].first_frame == video.windows[i].first_frame);
    CHECK(windows[i].labels.at(0).name == video.windows[i].label.name);
    CHECK(windows[i].labels.at(0).probability == Approx(video.windows[i].label.probability));
    CHECK(windows[i].seconds == Approx(static_cast<double>(8 * i + 15) / 25));
  }
}

TEST_CASE_METHOD(LiveFixture, "a pipe that is written as fast as it goes loses windows, and counts them") {
  const fs::path pipe = make_pipe(folder);
  const std::string bytes = stream(200);
  const std::jthread writer([&] { File(pipe, O_WRONLY).write(bytes); });
  const LiveTotals totals = run(pipe);
  CHECK(totals.error.empty());
  CHECK(totals.frames == 200);
  CHECK(totals.windows + totals.dropped_windows == windows_of(200));
  CHECK(totals.windows >= 1);
  CHECK(windows.back().first_frame == 8 * (windows_of(200) - 1));  // the newest is never lost
}

TEST_CASE_METHOD(LiveFixture, "a source that ends before a window is whole says so") {
  write_tiny_video(folder / "short.ts", 5);
  const LiveTotals totals = run((folder / "short.ts").string());
  CHECK(totals.frames == 5);
  CHECK_THAT(totals.error, Catch::EndsWith("short.ts: ended after 5 frames, and a window spans 16"));
}

TEST_CASE_METHOD(LiveFixture, "windows come while the source goes on") {
  const fs::path pipe = make_pipe(folder);
  const std::string bytes = stream(300);
  std::atomic<bool> seen = false;
  on_window = [&](const LiveWindow&) {
    seen = true;
    seen.notify_all();
  };
  const std::jthread writer([&] {
    File file(pipe, O_WRONLY);
    file.write(std::string_view(bytes).substr(0, bytes.size() / 2));
    seen.wait(false);
    file.write(std::string_view(bytes).substr(bytes.size() / 2));
  });
  const LiveTotals totals = run(pipe);
  CHECK(totals.error.empty());
  CHECK(totals.frames == 300);
}

TEST_CASE_METHOD(LiveFixture, "a source that never sends is one clear error, in time") {
  const fs::path pipe = make_pipe(folder);
  const File holds_it_open(pipe, O_RDWR);
  LiveOptions options;
  options.read_timeout = 0.05;
  CHECK_THAT(message_of([&] { run(pipe, options); }),
             Catch::Contains("gave nothing for 0.05 seconds: does anything write to it?"));
  CHECK_THAT(
      message_of([&] { run("udp://127.0.0.1:0", options); }),
      Catch::Contains("gave no frame for 0.05 seconds (--read-timeout): does it send, and is it video?"));
  CHECK(windows.empty());
}

TEST_CASE_METHOD(LiveFixture, "a run that is told to stop does not wait for its source") {
  const fs::path pipe = make_pipe(folder);
  const std::string bytes = stream(100);
  const File holds_it_open(pipe, O_RDWR);
  const std::jthread writer([&] { File(pipe, O_WRONLY).write(bytes); });
  on_window = [&](const LiveWindow&) { stop = true; };
  const LiveTotals totals = run(pipe);
  CHECK(totals.error.empty());
  CHECK(totals.windows >= 1);
}

TEST_CASE_METHOD(LiveFixture, "what is no video is said, and nothing is opened for a name like a protocol") {
  folder.write("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nstream.ts\n#EXT-X-ENDLIST\n");
  folder.write("a.txt", "a.mp4 walk\n");
  stream(40);
  CHECK_THAT(message_of([&] { run(folder / "a.m3u8"); }), Catch::Contains("a.m3u8: "));
  CHECK_THAT(message_of([&] { run(folder / "a.txt"); }), Catch::Contains("is text, not a video"));
  CHECK_THAT(message_of([&] { run("concat:" + (folder / "stream.ts").string()); }),
             Catch::Contains("no such file, pipe or camera"));
  CHECK_THAT(message_of([&] { run("file://" + (folder / "stream.ts").string()); }),
             Catch::Contains("live video comes by rtsp, rtsps, http, https, udp, not by file"));
  CHECK_THAT(message_of([&] { run("/dev/video_of_nobody"); }), Catch::Contains("there is no such camera"));
}

TEST_CASE_METHOD(LiveFixture, "a stream that changes size goes on, and this is said once") {
  const std::string small = stream(60), large = stream(60, 96, 64);
  folder.write("both.ts", small + large);
  const LiveTotals totals = run(folder / "both.ts");
  CHECK(totals.error.empty());
  CHECK(totals.frames == 120);
  CHECK(totals.windows == windows_of(120));
  REQUIRE(said(LiveEventKind::size_changed).size() == 1);
  CHECK_THAT(said(LiveEventKind::size_changed)[0].text, Catch::Contains("were 64x48 and are 96x64 now"));
}

TEST_CASE_METHOD(LiveFixture, "MPEG-TS over UDP is labelled") {
  const std::string bytes = stream(100);
  const int sender = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  {  // a port that is free now
    const int probe = ::socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(::bind(probe, any, size) == 0);
    REQUIRE(::getsockname(probe, any, &size) == 0);
    ::close(probe);
  }
  const std::jthread camera([&](const std::stop_token& end) {
    for (std::size_t at = 0; !end.stop_requested(); at = at + 1316 < bytes.size() ? at + 1316 : 0) {
      const std::string_view packet = std::string_view(bytes).substr(at, 1316);
      ::sendto(sender, packet.data(), packet.size(), 0, any, size);
      std::this_thread::yield();
    }
  });
  on_window = [&](const LiveWindow&) { stop = true; };
  const LiveTotals totals = run(fmt::format("udp://127.0.0.1:{}", ntohs(address.sin_port)));
  ::close(sender);
  CHECK(totals.error.empty());
  CHECK(totals.windows >= 1);
  CHECK_THAT(said(LiveEventKind::connected).at(0).text, Catch::Contains("64x48"));
}

TEST_CASE_METHOD(LiveFixture, "a device of libavdevice is labelled until the run stops") {
  const LiveAddress source{.kind = LiveAddress::Kind::device,
                           .name = "a test picture",
                           .url = "testsrc=size=64x48:rate=25",
                           .device_format = "lavfi"};
  on_window = [&](const LiveWindow&) { stop = windows.size() == 2; };
  const LiveTotals totals = run(rule_of(source));
  CHECK(totals.error.empty());
  CHECK(totals.windows == 2);
  CHECK_THROWS_WITH(
      run(rule_of({.kind = LiveAddress::Kind::device, .name = "x", .url = "x", .device_format = "nothing"})),
      Catch::Contains("was built without nothing"));
}

TEST_CASE_METHOD(LiveFixture, "an alert is raised again after its cool-down, and recorded") {
  stream(200);
  run(folder / "stream.ts");
  LiveOptions options;
  options.alerts = {{windows.front().labels.front().name, 0}};
  options.alert_cooldown = 3;  // of 8 seconds of video
  options.record = folder / "alerts";
  const LiveTotals totals = run(folder / "stream.ts", options);
  CHECK(totals.alerts == 3);
  CHECK(alerts.size() == 3);
  CHECK(alerts[1].seconds - alerts[0].seconds >= 3);
  const std::vector<LiveEvent> recorded = said(LiveEventKind::recorded);
  REQUIRE(recorded.size() >= 1);
  CHECK(totals.recordings == static_cast<std::int64_t>(recorded.size()));
  CHECK(recorded[0].file.parent_path() == folder / "alerts");
  CHECK(count_frames(recorded[0].file) == 200);  // all came within five seconds of the clock
  CHECK(std::distance(fs::directory_iterator(folder / "alerts"), {}) == static_cast<int>(recorded.size()));
}

TEST_CASE_METHOD(LiveFixture, "labels go on where a recording cannot be written") {
  stream(100);
  LiveOptions options;
  options.alerts = {{"walk", 0}};
  options.record = folder / "alerts";
  on_event = [&](const LiveEvent&) { fs::remove_all(folder / "alerts"); };
  const LiveTotals totals = run(folder / "stream.ts", options);
  CHECK(totals.error.empty());
  CHECK(totals.windows == windows_of(100));
  CHECK(totals.recordings == 0);
  REQUIRE(said(LiveEventKind::not_recorded).size() == 1);
  CHECK_THAT(said(LiveEventKind::not_recorded)[0].text, Catch::Contains("alerts/"));
}

TEST_CASE_METHOD(LiveFixture, "options that make no sense are refused before the source is opened") {
  LiveOptions options;
  options.alerts = {{"wlak", 0.5}};
  CHECK_THAT(message_of([&] { run("udp://127.0.0.1:0", options); }), Catch::Contains("is 'walk'"));
  options.alerts = {{"walk", 0.5}, {"walk", 0.6}};
  CHECK_THAT(message_of([&] { run("udp://127.0.0.1:0", options); }), Catch::Contains("has two alerts"));
  options.alerts = {{"walk", 1.5}};
  CHECK_THAT(message_of([&] { run("udp://127.0.0.1:0", options); }), Catch::Contains("from 0 to 1"));
  options.alerts.clear();
  options.read_timeout = 0;
  CHECK_THAT(message_of([&] { run("udp://127.0.0.1:0", options); }), Catch::Contains("0 seconds"));
}

}  // namespace
}  // namespace c3d
