
#include "c3d/inference/video_result.h"
#include "c3d/inference/label_selection.h"
#include "catch.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

const std::vector<std::string> kNames{"walk", "run"};

TEST_CASE("a labelled video is one JSON line with every field") {
  VideoResult result;
  result.file = "a.mp4";
  result.frames = 32;
  result.fps = 16;
  result.seconds = 2;
  result.labels = {{1, 0.75}, {0, 0.25}};
  result.clips = {{.first_frame = 16, .start_seconds = 1, .end_seconds = 2, .label = 1, .probability = 0.5}};
  result.warnings = {"odd"};
  CHECK(
      json_line(result, kNames) ==
      R"({"file":"a.mp4","status":"ok","error":"","frames":32,"fps":16.0,"seconds":2.0,)"
      R"("labels":[{"label":"run","index":1,"probability":0.75},{"label":"walk","index":0,"probability":0.25}],)"
      R"("clips":[{"first_frame":16,"start_seconds":1.0,"end_seconds":2.0,"label":"run","probability":0.5}],)"
      R"("warnings":["odd"]})");
  CHECK(text_line(result, kNames) == "a.mp4: run 75.0 %, walk 25.0 % (32 frames, 2.0 s); odd");
}

TEST_CASE("a video of label sets tells which labels are above their thresholds") {
  VideoResult result;
  result.file = "a.mp4";
  result.frames = 32;
  result.seconds = 2;
  result.labels = {{1, 0.75}, {0, 0.25}};
  result.thresholds = {0.5, 0.375};
  result.shown = 1;
  result.clips = {{.label = 1, .probability = 0.5, .shown = {{1, 0.5}}}, {.label = 0, .probability = 0.25}};
  CHECK(text_line(result, kNames) ==
        "a.mp4: run 75.0 %; below their thresholds: walk 25.0 % (32 frames, 2.0 s)");
  const auto json = parse_ordered_json(json_line(result, kNames));
  CHECK(dump_json(json["labels"]) ==
        R"([{"label":"run","index":1,"probability":0.75,"threshold":0.5,"shown":true},)"
        R"({"label":"walk","index":0,"probability":0.25,"threshold":0.375,"shown":false}])");
  CHECK(json["clips"][0]["label"] == "run");
  CHECK(dump_json(json["clips"][0]["shown"]) == R"([{"label":"run","index":1,"probability":0.5}])");
  CHECK(dump_json(json["clips"][1]["shown"]) == "[]");
  result.shown = 0;
  CHECK(
      text_line(result, kNames) ==
      "a.mp4: none above its threshold; below their thresholds: run 75.0 %, walk 25.0 % (32 frames, 2.0 s)");
  result.shown = 2;
  CHECK(text_line(result, kNames) == "a.mp4: run 75.0 %, walk 25.0 % (32 frames, 2.0 s)");
}

TEST_CASE("labels above their thresholds come first, however many are asked for") {
  const std::vector<double> probabilities{0.6, 0.3, 0.9, 0.1}, thresholds{0.7, 0.2, 0.5, 0.1};
  const LabelSelection two = select_labels(probabilities, thresholds, 1);
  CHECK(two.labels == std::vector<std::pair<int, double>>{{2, 0.9}, {1, 0.3}});
  CHECK(two.shown == 2);
  const LabelSelection three = select_labels(probabilities, thresholds, 3);
  CHECK(three.labels == std::vector<std::pair<int, double>>{{2, 0.9}, {1, 0.3}, {0, 0.6}});
  CHECK(three.shown == 2);
  CHECK(select_labels(probabilities, thresholds, 9).labels.size() == 4);
  const LabelSelection one = select_labels(probabilities, {}, 2);
  CHECK(one.labels == std::vector<std::pair<int, double>>{{2, 0.9}, {0, 0.6}});
  CHECK(one.shown == 1);
  CHECK(select_labels({}, {}, 2).shown == 0);
}

TEST_CASE("a failed video says why on one line") {
  VideoResult result;
  result.file = "a\xff.mp4";
  result.error = "no such file\nwhile looking";
  CHECK(text_line(result, kNames) == "a\\xff.mp4: failed: no such file while looking");
  const auto json = parse_json(json_line(result, kNames));
  CHECK(json["status"] == "failed");
  CHECK(json["error"] == "no such file\nwhile looking");
  CHECK(json["labels"].empty());
}

TEST_CASE("a line for people has no control characters") {
  VideoResult result;
  result.file = "a\x1b[31m\n.mp4";
  result.labels = {{0, 1}};
  result.warnings = {"odd\x1b"};
  CHECK(text_line(result, {"up\x1b[31mRED"}) ==
        "a\\x1b[31m\\n.mp4: up\\x1b[31mRED 100.0 % (0 frames, 0.0 s); odd\\x1b");
}

TEST_CASE("a line says what it was made from") {
  VideoResult result;
  result.file = "a.mp4";
  const Origin origin{{{"weights", "12ab"}, {"clips", "10"}}, {"a.mp4", "/v/a.mp4", 123, 5}};
  const auto json = parse_json(json_line(result, kNames, &origin));
  CHECK(parse_recipe(json["made_by"]) == Recipe{{"clips", "10"}, {"weights", "12ab"}});
  CHECK(parse_source(json["source"])->path == "/v/a.mp4");
  CHECK(parse_source(json["source"])->bytes == 123);
  CHECK(parse_source(json["source"])->modified == 5);
}

TEST_CASE("names that are not UTF-8 can be read back exactly") {
  for (const char* name :
       {"plain.mp4", "\xff\xfe%41 a%.mp4", "caf\xe9.avi", "caf\xc3\xa9.avi", "a\nb", "%"}) {
    INFO(name);
    VideoResult result;
    result.file = name;
    const auto json = parse_json(json_line(result, kNames));
    CHECK(get_name(json, "file") == name);
  }
}

}  // namespace
}  // namespace c3d
