// c3d_infer --live as a user runs it: lines, exit codes, and what does not go with it.
#include "catch.h"
#include "engine/io/json.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct LiveCommand : CommandFixture {
  LiveCommand() { write_tiny_video(folder / "a.ts", 60); }
};

const std::string kLive = "--weights w.safetensors --threads 1 --plan fixed ";

TEST_CASE_METHOD(LiveCommand, "a live source gives a line for each window, and totals at the end") {
  CHECK(run(kLive + "--live a.ts --step 16 --top 1") == 0);
  const std::string text = out();
  CHECK(std::ranges::count(text, '\n') == 3);  // (60 - 16) / 16 + 1
  CHECK_THAT(text, Catch::Contains(" 0.6 s: ") && Catch::Contains("(delay "));
  CHECK_THAT(err(), Catch::Contains("connected: a.ts: h264, 64x48") &&
                        Catch::Contains("60 frames, 3 windows labelled, 0 dropped with 0 frames"));
}

TEST_CASE_METHOD(LiveCommand,
                 "JSON lines of windows and events go to standard output, or behind those of a file") {
  CHECK(run(kLive + "--live - --step 40 --json - <a.ts") == 0);
  const std::vector<json> said = lines(out());
  REQUIRE(said.size() >= 3);
  CHECK(said.front()["event"] == "connected");
  CHECK(said.back()["event"] == "ended");
  CHECK(said.back()["frames"] == 60);
  CHECK(said[1]["labels"].size() == 5);
  CHECK(said[1].contains("delay_seconds"));

  for (const std::size_t runs : {1, 2}) {
    CHECK(run(kLive + "--live a.ts --step 40 --json log.jsonl") == 0);
    CHECK(lines(read_text(folder / "log.jsonl")).size() == runs * 4);  // two windows
  }
  CHECK_THAT(out(), Catch::Contains("(delay "));
  CHECK(run(kLive + "--live a.ts --json a.ts") == 2);
  CHECK_THAT(err(), Catch::Contains("--json"));
}

TEST_CASE_METHOD(LiveCommand, "SIGTERM ends a live run with totals and exit code 0") {
  const std::string script =
      "mkfifo pipe; (cat a.ts; exec sleep 20) >pipe & writer=$!; " C3D_BINARY_DIR "/bin/c3d_infer " + kLive +
      "--live pipe >lines 2>events & tool=$!; "
      "until grep -q delay lines; do sleep 0.05; done; kill $tool; wait $tool; "
      "code=$?; kill $writer; exit $code";
  folder.write("script", script);
  CHECK(run_command(folder.path(), "sh script") == 0);
  CHECK_THAT(read_text(folder / "events"),
             Catch::Contains("c3d_infer: stopping") && Catch::Contains(" labelled, "));
}

TEST_CASE_METHOD(LiveCommand, "an alert is a line of its own, and of an unknown label exit code 2") {
  CHECK(run(kLive + "--live a.ts --alert walk:0,fall:0 --alert jump:0 --record alerts --json -") == 0);
  std::size_t alerts = 0, recorded = 0;
  for (const json& line : lines(out())) {
    alerts += line.value("event", "") == "alert" ? 1 : 0;
    recorded +=
        line.value("event", "") == "recorded" && fs::exists(folder / line["file"].get<std::string>()) ? 1 : 0;
  }
  CHECK(alerts == 3);
  CHECK(recorded >= 1);
  CHECK_THAT(err(), Catch::Contains("ALERT") && Catch::Contains("(above its threshold)") &&
                        Catch::Contains("3 alerts") && !Catch::Contains("recorded: recorded"));
  CHECK(run(kLive + "--live a.ts --alert wlak:0.5") == 2);
  CHECK_THAT(err(),
             Catch::Contains("--alert: these weights have no label 'wlak'") && Catch::Contains("is 'walk'"));
}

TEST_CASE_METHOD(LiveCommand, "a folder for recordings that cannot be is an error before the first frame") {
  CHECK(run(kLive + "--live a.ts --alert walk:0 --record absent/alerts") == 1);
  CHECK_THAT(err(), Catch::Contains("absent/alerts: this folder for recordings cannot be made"));
  CHECK(!fs::exists(folder / "absent"));
}

TEST_CASE_METHOD(LiveCommand, "lines begin behind one that a full disk cut") {
  folder.write("lines.jsonl", "{\"time\": \"2026-12-01\"}\n{\"time\": \"2026");
  CHECK(run(kLive + "--live a.ts --json lines.jsonl") == 0);
  const std::string text = read_text(folder / "lines.jsonl");
  CHECK(text.starts_with("{\"time\": \"2026-12-01\"}\n{\"time\": \"2026\n{"));
}

TEST_CASE_METHOD(LiveCommand, "a recording that the disk does not take is said, and the labels go on") {
  CHECK(run(kLive + "--live a.ts --alert walk:0 --record alerts", "ulimit -f 8;") == 0);
  CHECK_THAT(err(), Catch::Contains("not_recorded: ") && Catch::Contains(" labelled, "));
  CHECK(std::distance(fs::directory_iterator(folder / "alerts"), {}) == 0);
}

TEST_CASE_METHOD(LiveCommand, "a wrong live command line is one clear line") {
  const auto wrong = [&](const std::string& arguments, const std::string& said) {
    INFO(arguments);
    CHECK(run(kLive + arguments) == 2);
    CHECK_THAT(err(), Catch::Contains(said));
  };
  wrong("--live a.ts v/a.mp4", "VIDEO: is about videos that end: leave it out, or --live");
  wrong("--live a.ts --features fc6 --features-out x", "is about videos that end");
  wrong("--live a.ts --alert walk", "'walk' is no alert: write LABEL:THRESHOLD, as fall:0.8");
  wrong("--live a.ts --alert walk:2", "from 0 to 1");
  wrong("--live a.ts --alert-hold 1", "is about alerts: give --alert LABEL:THRESHOLD too");
  wrong("--live a.ts --alert-cooldown 1", "is about alerts: give --alert LABEL:THRESHOLD too");
  wrong("--live a.ts --alert walk:0 --record-seconds 1", "is about recordings: give --record DIR too");
  folder.write("notes", "no lines of JSON\n");
  wrong("--live a.ts --json notes", "lines would be added behind what it holds");
  wrong("--live a.ts --json labels.html", "ends in .jsonl");
  CHECK(read_text(folder / "notes") == "no lines of JSON\n");
  wrong("--live a.ts --record x", "give --alert LABEL:THRESHOLD too");
  wrong("--live a.ts --reconnect never", "must be a number of tries or forever");
  wrong("v/a.mp4 --alert walk:0.5", "--alert: is about live video: give --live SOURCE too");
  wrong("v/a.mp4 --step 4", "--step requires --window");
  CHECK(run(kLive + "--live v/c.mp4") == 1);
  CHECK_THAT(err(), Catch::Contains("c3d_infer: v/c.mp4: "));
  folder.write("text.mp4", "some text");
  CHECK(run(kLive + "--live text.mp4") == 1);
  CHECK_THAT(err(), Catch::Contains("text.mp4: is text, not a video") && !Catch::Contains("--list"));
  CHECK(run(kLive + "--live rtsp://127.0.0.1:1/x --reconnect 0") == 1);
  CHECK_THAT(err(),
             Catch::Contains("rtsp://127.0.0.1:1/x: cannot be opened: ") && !Catch::Contains("tcp://"));
  CHECK(run(kLive + "--live rstp://127.0.0.1/x") == 1);
  CHECK_THAT(err(), Catch::Contains("the nearest is rtsp://"));
}

}  // namespace
}  // namespace c3d
