// Settings of which frames there are, and which squares of them are judged.
#include "c3d/training/train_settings.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/c3d/training/usable_settings.h"

namespace c3d {
namespace {

TEST_CASE("frames by time are a number, a fraction or those of the file, and stand in the weights") {
  TrainSettings settings = usable();
  CHECK(settings.fps == "file");
  assign(settings, {"fps", "50/2"});
  CHECK(settings.fps == "25");
  CHECK(clip_spec(settings).fps == FrameRate{25, 1});
  CHECK(model_info(settings, {}).fps == FrameRate{25, 1});
  for (const auto& [key, value] : parse_settings("{\"fps\": 29.97}", "config.json")) {
    assign(settings, {key, value});
  }
  CHECK(settings.fps == "2997/100");
  CHECK_THROWS_WITH(assign(settings, {"fps", "0"}), Catch::Contains("from 0.001 to 1000"));
  CHECK_THROWS_WITH(parse_settings("{\"fps\": -3}", "config.json"), Catch::Contains("config.json"));
  CHECK(resume_conflicts(usable(), settings).size() == 1);
  settings.data = "synth:clips=3";
  CHECK_THAT(complaint(settings), Catch::Contains("`fps`") && Catch::Contains("leave it out"));
}

TEST_CASE("crops of validation clips are 1, 3 or 10, and three want no mean cube") {
  TrainSettings settings = usable();
  assign(settings, {"validation_crops", "10"});
  CHECK(complaint(settings) == "no error");
  CHECK(clip_spec(settings).crops == 1);  // of training
  CHECK(evaluation_clip(settings, clip_spec(settings)).crops == 10);
  assign(settings, {"validation_crops", "3"});
  CHECK(evaluation_clip(settings, clip_spec(settings)).stored_width() == 112);
  assign(settings, {"validation_crops", "5"});
  CHECK_THAT(complaint(settings), Catch::Contains("`validation_crops` is 5"));
}

}  // namespace
}  // namespace c3d
