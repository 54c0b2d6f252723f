// The parts of a live run by clocks that the tests turn: windows, drops, alerts, frame rates, delays, names.
#include "c3d/live/alert_watch.h"
#include "c3d/live/live_channel.h"
#include "c3d/live/live_lines.h"
#include "c3d/live/live_numbering.h"
#include "c3d/live/reconnect_delay.h"
#include "c3d/live/recording_name.h"
#include "catch.h"
#include "engine/io/json.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

using std::chrono::milliseconds;

LiveClip window_at(std::int64_t first, std::int64_t span = 16) {
  LiveClip window;
  window.clip.first_frame = first;
  window.end_frame = first + span;
  return window;
}

// A spec whose frames are one pixel.
ClipSpec dots(int step, int stride = 1) {
  ClipSpec spec;
  spec.resize_width = spec.resize_height = 1;
  spec.clip_frames = 4;
  spec.frame_stride = stride;
  spec.step = step;
  return spec;
}

std::vector<int> levels(const LiveClip& window) {
  std::vector<int> result;
  for (std::size_t i = 0; i < window.clip.frames.size(); i += 3) result.push_back(window.clip.frames[i]);
  return result;
}

std::optional<LiveClip> add(LiveWindows& windows, std::uint8_t level) {
  return windows.add(std::vector<std::uint8_t>(3, level), {});
}

TEST_CASE("a window comes with its last frame, and holds the frames of its stride") {
  LiveWindows windows(dots(3, 2));  // spans 7 frames
  for (std::uint8_t i = 0; i < 6; ++i) CHECK_FALSE(add(windows, i).has_value());
  CHECK(levels(add(windows, 6).value()) == std::vector<int>{0, 2, 4, 6});
  CHECK_FALSE(add(windows, 7).has_value());
  CHECK_FALSE(add(windows, 8).has_value());
  const LiveClip second = add(windows, 9).value();
  CHECK(levels(second) == std::vector<int>{3, 5, 7, 9});
  CHECK(second.first_frame() == 3);
  CHECK(second.end_frame == 10);
}

TEST_CASE("no window holds frames of two sections") {
  LiveWindows windows(dots(1));
  for (std::uint8_t i = 0; i < 3; ++i) CHECK_FALSE(add(windows, i).has_value());
  windows.begin_section();
  for (std::uint8_t i = 3; i < 6; ++i) CHECK_FALSE(add(windows, i).has_value());
  CHECK(levels(add(windows, 6).value()) == std::vector<int>{3, 4, 5, 6});
}

TEST_CASE("windows further apart than they are long come one by one") {
  LiveWindows windows(dots(6));
  std::vector<std::int64_t> firsts;
  for (std::uint8_t i = 0; i < 20; ++i) {
    if (const auto window = add(windows, i)) firsts.push_back(window->first_frame());
  }
  CHECK(firsts == std::vector<std::int64_t>{0, 6, 12});
}

TEST_CASE("of windows that nobody takes the newest is next, and the others are counted with their frames") {
  LiveChannel channel(false);
  channel.put(window_at(0));
  CHECK(channel.take(milliseconds(0)).window->first_frame() == 0);
  for (const int first : {8, 16, 24, 32}) channel.put(window_at(first));
  const LiveChannel::Taken taken = channel.take(milliseconds(0));
  CHECK(taken.window->first_frame() == 32);
  CHECK(taken.dropped_windows == 3);
  CHECK(taken.dropped_frames == 16);  // 16 to 31: those before were labelled, those after are
  channel.put(window_at(40));
  CHECK(channel.take(milliseconds(0)).dropped_windows == 0);
}

TEST_CASE("frames between windows that are apart are not dropped") {
  LiveChannel channel(false);
  for (const int first : {0, 100, 200}) channel.put(window_at(first));
  const LiveChannel::Taken taken = channel.take(milliseconds(0));
  CHECK(taken.dropped_windows == 2);
  CHECK(taken.dropped_frames == 32);
}

TEST_CASE("a network that takes one window of four drops three in four, and the delay stays") {
  // 30 frames a second, a window every 8 frames; the network needs 1 s for each.
  LiveChannel channel(false);
  const std::chrono::steady_clock::time_point zero{};
  double now = 0, free_at = 0, longest = 0;
  std::int64_t dropped = 0, taken_windows = 0;
  for (int i = 0; i < 1000; ++i) {
    now = (16 + 8 * i) / 30.0;
    LiveClip window = window_at(std::int64_t{8} * i);
    window.last.arrival = zero + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                     std::chrono::duration<double>(now));
    channel.put(std::move(window));
    if (now < free_at) continue;
    const LiveChannel::Taken taken = channel.take(milliseconds(0));
    free_at = now + 1;
    ++taken_windows;
    dropped += taken.dropped_windows;
    longest =
        std::max(longest, free_at - std::chrono::duration<double>(taken.window->last.arrival - zero).count());
  }
  CHECK(taken_windows == 250);
  CHECK(dropped == 747);  // the last three wait
  CHECK(longest == Approx(1));
}

TEST_CASE("the end comes after the last window, and says why") {
  LiveChannel channel(false);
  channel.say({LiveEventKind::connected, {}, "it came", {}});
  channel.put(window_at(0));
  channel.close("it went");
  LiveChannel::Taken taken = channel.take(milliseconds(0));
  CHECK(taken.events.size() == 1);
  CHECK(taken.window.has_value());
  CHECK_FALSE(taken.is_over);
  taken = channel.take(milliseconds(0));
  CHECK(taken.is_over);
  CHECK_FALSE(taken.window.has_value());
  CHECK(channel.failure() == "it went");
}

TEST_CASE("packets are kept for the window in work, and for the one that waits") {
  LiveChannel channel(false);
  const std::chrono::steady_clock::time_point zero{};
  const auto at = [&](int seconds) { return zero + std::chrono::seconds(seconds); };
  CHECK(channel.needed_since(at(100), 5) == at(95));
  LiveClip window = window_at(0);
  window.last.arrival = at(90);
  channel.put(std::move(window));
  CHECK(channel.needed_since(at(100), 5) == at(85));
  static_cast<void>(channel.take(milliseconds(0)));
  CHECK(channel.needed_since(at(100), 5) == at(85));
  static_cast<void>(channel.take(milliseconds(0)));
  CHECK(channel.needed_since(at(100), 5) == at(95));
}

struct Watched {
  explicit Watched(double hold, double cooldown, double threshold = 0.5)
      : watch(options(hold, cooldown, threshold), {"walk", "fall"}) {}
  static LiveOptions options(double hold, double cooldown, double threshold) {
    LiveOptions result;
    result.alerts = {{"fall", threshold}};
    result.alert_hold = hold;
    result.alert_cooldown = cooldown;
    return result;
  }
  // Whether the alert comes.
  bool at(double seconds, float probability) {
    return !watch.next(seconds, std::vector<float>{1 - probability, probability}).empty();
  }
  AlertWatch watch;
};

TEST_CASE("an alert comes when its label is above the threshold, not at it") {
  Watched fall(0, 0);
  CHECK_FALSE(fall.at(0, 0.5f));
  CHECK(fall.at(1, 0.6f));
}

TEST_CASE("an alert waits until its label has been above the threshold for the hold") {
  Watched fall(2, 0);
  CHECK_FALSE(fall.at(0, 0.9f));
  CHECK_FALSE(fall.at(1, 0.9f));
  CHECK_FALSE(fall.at(1.5, 0.1f));  // it begins anew
  CHECK_FALSE(fall.at(2, 0.9f));
  CHECK_FALSE(fall.at(3.9, 0.9f));
  CHECK(fall.at(4, 0.9f));
}

TEST_CASE("a lost stream interrupts the hold") {
  Watched fall(2, 0);
  CHECK_FALSE(fall.at(0, 0.9f));
  fall.watch.interrupt();
  CHECK_FALSE(fall.at(10, 0.9f));
  CHECK(fall.at(12, 0.9f));
}

TEST_CASE("an alert is raised once in its cool-down, whatever its label does meanwhile") {
  Watched fall(0, 10);
  CHECK(fall.at(0, 0.9f));
  CHECK_FALSE(fall.at(5, 0.9f));
  CHECK_FALSE(fall.at(6, 0.1f));
  CHECK_FALSE(fall.at(9.9, 0.9f));
  CHECK(fall.at(10, 0.9f));
}

TEST_CASE("alerts are written as labels and thresholds") {
  const std::vector<LiveAlertRule> rules = parse_alerts("fall:0.8,a:b,c:0.5");
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].label == "fall");
  CHECK(rules[0].threshold == 0.8);
  CHECK(rules[1].label == "a:b,c");
  CHECK(rules[1].threshold == 0.5);
  for (const char* wrong :
       {"", "fall", "fall:", ":0.5", "fall:x", "fall:0.5,", "fall:1.5", "fall:-1", "fall:nan"}) {
    INFO(wrong);
    CHECK_THROWS(parse_alerts(wrong));
  }
}

TEST_CASE("a camera of 30 frames a second gives every third of 10, and a slow one repeats its own") {
  ClipSpec spec;
  spec.fps = {10, 1};
  LiveNumbering fast(spec);
  std::int64_t copies = 0;
  for (int i = 0; i <= 300; ++i) copies += fast.next(100 + i / 30.0).copies_of_last;
  CHECK(copies == 100);
  LiveNumbering slow(spec);
  CHECK(slow.next(0).copies_of_last == 0);
  CHECK(slow.next(0.5).copies_of_last == 5);
  CHECK(slow.next(1).copies_of_last == 5);
}

TEST_CASE("a stream whose time jumps begins anew, and is not filled up") {
  ClipSpec spec;
  spec.fps = {10, 1};
  LiveNumbering numbering(spec);
  static_cast<void>(numbering.next(1000));
  CHECK(numbering.next(1000.1).copies_of_last == 1);
  for (const double jump : {1e9, 5.0, 1e6}) {
    const LiveNumbering::Step step = numbering.next(jump);
    CHECK(step.begins_section);
    CHECK(step.copies_of_last == 0);
    CHECK(numbering.next(jump + 0.1).copies_of_last == 1);
  }
}

TEST_CASE("a lost stream is waited for twice as long each time, up to the longest") {
  ReconnectDelay delay(1, 30);
  for (const double seconds : {1, 2, 4, 8, 16, 30, 30}) CHECK(delay.next() == seconds);
  delay.reset();
  CHECK(delay.next() == 1);
}

TEST_CASE("recordings are called by time and label, in characters that every file system takes") {
  const ScratchFolder folder;
  const std::chrono::system_clock::time_point time{milliseconds(1'700'000'000'123)};
  const std::filesystem::path name = recording_name(folder.path(), time, "../fall: at\n\xff/stairs é");
  CHECK(name.parent_path() == folder.path());
  CHECK_THAT(name.filename().string(), Catch::EndsWith("___fall__at___stairs_é"));
  CHECK_THAT(name.filename().string(), Catch::Contains(".123") && !Catch::Contains(":"));
  folder.write(name.filename().string() + ".mkv");
  CHECK(recording_name(folder.path(), time, "../fall: at\n\xff/stairs é") == name.string() + "_2");
  CHECK(recording_name(folder.path(), time, std::string(500, 'a')).filename().string().size() < 200);
}

TEST_CASE("lines say times with their zone, and what was dropped") {
  const std::string time = iso_time(std::chrono::system_clock::time_point(milliseconds(1'700'000'000'007)));
  CHECK_THAT(time, Catch::Contains("T") && Catch::Contains(".007"));
  CHECK(time.size() == std::string("2023-11-14T22:13:20.007+00:00").size());

  LiveWindow window;
  window.labels = {{"walk", 0.75}, {"run", 0.25}};
  window.shown = 1;
  window.delay_seconds = 0.5;
  CHECK_THAT(text_line(window),
             Catch::Contains("walk 75.0 %, run 25.0 % (delay 0.50 s)") && !Catch::Contains("dropped"));
  window.dropped_windows = 2;
  window.dropped_frames = 16;
  CHECK_THAT(text_line(window), Catch::Contains("2 windows and 16 frames before it dropped"));
  const nlohmann::json line = parse_json(json_line(window));
  CHECK(line["labels"][0]["label"] == "walk");
  CHECK(line["labels"][0]["shown"] == true);
  CHECK(line["labels"][1]["shown"] == false);
  CHECK(line["dropped_windows"] == 2);
  CHECK(parse_json(json_line(LiveEvent{LiveEventKind::size_changed, {}, "x", {}}))["event"] ==
        "size_changed");
  CHECK(parse_json(json_line(LiveTotals{}))["event"] == "ended");
}

}  // namespace
}  // namespace c3d
