#include <nlohmann/json.hpp>

#include "catch.h"
#include "tools/c3d_infer/video_result.h"

namespace c3d {
namespace {

const std::vector<std::string> kNames{"walk", "run"};

TEST_CASE("a_labelled_video_is_one_json_line_with_every_field") {
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

TEST_CASE("a_failed_video_says_why_on_one_line") {
  VideoResult result;
  result.file = "a\xff.mp4";
  result.error = "no such file\nwhile looking";
  CHECK(text_line(result, kNames) == "a\xff.mp4: failed: no such file while looking");
  const auto json = nlohmann::json::parse(json_line(result, kNames));
  CHECK(json["status"] == "failed");
  CHECK(json["error"] == "no such file\nwhile looking");
  CHECK(json["labels"].empty());
}

}  // namespace
}  // namespace c3d
