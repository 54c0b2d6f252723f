// What c3d_check finds where it was planted, and that it finds nothing else.
#include <fstream>

#include "c3d/training.h"
#include "catch.h"
#include "data/video_writer.h"
#include "engine/core/error.h"
#include "tests/c3d/check/checked_scenes.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

TEST_CASE("a clean collection has no findings") {
  const CheckedScenes scenes;
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  CHECK(report.findings.empty());
  CHECK(report.stops.empty());
  CHECK(report.videos.size() == 8);
  REQUIRE(report.classes.size() == 2);
  CHECK(report.classes[0].name == "dark");
  CHECK(report.classes[0].training + report.classes[0].validation == 4);
  CHECK(report.classes[0].groups == 4);
  CHECK(report.classes[0].frames.median == 60);
  CHECK(report.classes[0].width.median == 96);
  CHECK(report.classes[0].brightness.most < report.classes[1].brightness.least);
  CHECK(report.overall.motion.least > 1);
  CHECK(report.overall.rate.median == Approx(25).margin(6));
}

TEST_CASE("a second check of the same videos decodes none of them and says the same") {
  const CheckedScenes scenes;
  const CheckReport first = scenes.check(), second = scenes.check();
  CHECK(check_json(first) == check_json(second));
}

TEST_CASE("a cut file, a portrait video, a black one, a still one and a short one are found") {
  const CheckedScenes scenes;
  const fs::path dark = scenes.videos() / "dark";
  write_scene(dark / "cut.mkv", CheckedScenes::dark(20));
  fs::resize_file(dark / "cut.mkv", fs::file_size(dark / "cut.mkv") * 6 / 10);
  write_scene(dark / "portrait.mp4", {.place = 41, .motion = 41, .width = 48, .height = 96});
  write_scene(dark / "black.mp4", {.place = 42, .motion = 42, .brighter = -255});
  write_scene(dark / "short.mp4", {.place = 43, .motion = 43, .frames = 9});
  fs::create_directories(dark);
  {
    VideoWriter still(dark / "still.mp4", {.width = 96, .height = 72});
    for (int i = 0; i < 30; ++i) still.write(draw_scene({.place = 44, .motion = 44}, 0.5));
    still.finish();
  }
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  CHECK(report.findings.size() == 5);
  for (const auto& [kind, name] :
       {std::pair("cut_off", "cut.mkv"), std::pair("portrait", "portrait.mp4"),
        std::pair("black", "black.mp4"), std::pair("short", "short.mp4"), std::pair("still", "still.mp4")}) {
    const std::vector<CheckFinding> found = findings_of(report, kind);
    REQUIRE(found.size() == 1);
    CHECK(found[0].file == dark / name);
    CHECK_FALSE(found[0].action.empty());
  }
  // Its copy is in no class of the set, and called as it is, so that its group stays.
  const CheckFinding portrait = findings_of(report, "portrait")[0];
  CHECK_THAT(portrait.command, Catch::StartsWith("mkdir -p ") &&
                                   Catch::Contains("'pad=ih*4/3:ih:(ow-iw)/2:0'") &&
                                   Catch::EndsWith(scenes.videos().string() + "_mended/dark/portrait.mp4"));
  CHECK_THAT(portrait.action, Catch::Contains("cuts them off") && Catch::Contains("in place of the old one"));
  CHECK(report.stops.empty());
}

TEST_CASE("videos that do not decode are named one by one, and stop training where they are many") {
  const CheckedScenes scenes;
  std::ofstream(scenes.videos() / "dark/noise.mp4") << std::string(3000, 'x');
  CheckReport report = scenes.check();
  CHECK(report.stops.empty());
  CHECK(report.unreadable == 1);
  REQUIRE(findings_of(report, "unreadable").size() == 1);
  CHECK(findings_of(report, "unreadable")[0].file == scenes.videos() / "dark/noise.mp4");
  std::ofstream(scenes.videos() / "dark/empty.mp4") << "";
  report = scenes.check();
  REQUIRE(report.stops.size() == 1);
  CHECK_THAT(report.stops[0], Catch::Contains("2 of 10 videos do not decode"));
  CHECK(findings_of(report, "unreadable").size() == 2);
  CHECK(report.findings[0].kind == "training_stops");
  CHECK(report.videos.size() == 8);
}

TEST_CASE("files that are passed over by their names are noted") {
  const CheckedScenes scenes;
  std::ofstream(scenes.videos() / "dark/film.m2tz") << "unknown";
  std::ofstream(scenes.videos() / "light/notes.txt") << "text";
  CHECK_THAT(check_text(scenes.check()), Catch::Contains("2 files are no videos by name and were ignored"));
}

TEST_CASE("folds beside a fold, or beside videos that validate, are an error") {
  CheckedScenes scenes;
  scenes.options.folds = 2;
  CHECK(scenes.check().stops.empty());
  CHECK_THAT(check_text(scenes.check()), Catch::Contains("of the 2 folds"));
  scenes.options.settings.emplace_back("fold", "1/2");
  CHECK_THROWS_WITH(scenes.check(), Catch::Contains("`fold` names one: leave one of the two out"));
  scenes.options.settings.back() = {"val", scenes.videos().string()};
  CHECK_THROWS_WITH(scenes.check(), Catch::Contains("--val names others: leave one of the two out"));
  scenes.options.settings.pop_back();
  scenes.options.config = scenes.scratch.write("settings.json", R"({"fold": "2/2"})");
  CHECK_THROWS_WITH(scenes.check(), Catch::Contains("`fold` names one: leave one of the two out"));
}

TEST_CASE("folds of a folder that is split already would stop training") {
  CheckedScenes scenes("train");
  scenes.add_scenes("val", 10, 2);
  scenes.options.folds = 2;
  const CheckReport report = scenes.check();
  REQUIRE_FALSE(report.stops.empty());
  CHECK_THAT(report.stops[0], Catch::Contains("leave the folds out"));
}

TEST_CASE("what stops training is said, and the rest is looked at all the same") {
  CheckedScenes scenes;
  fs::remove_all(scenes.videos() / "light");
  CheckReport report = scenes.check();
  REQUIRE_FALSE(report.stops.empty());
  CHECK_THAT(report.stops[0], Catch::Contains("it holds one class"));
  CHECK(report.videos.size() == 4);
  scenes.options.settings[0].second = (scenes.scratch / "absent").string();
  report = scenes.check();
  REQUIRE(report.stops.size() == 1);
  CHECK_THAT(report.stops[0], Catch::Contains("no such folder or list"));
  CHECK(report.videos.empty());
  CHECK_THAT(check_text(report), Catch::Contains("training would stop; findings: 1 stops training\n\n"
                                                 "Training would stop\n  "));
}

TEST_CASE("the settings of training hold for its check, and wrong ones are an error") {
  CheckedScenes scenes;
  scenes.options.settings.emplace_back("class_weights", "1,2,3");
  REQUIRE(scenes.check().stops.size() == 1);
  scenes.options.settings.back() = {"group_regex", "("};
  CHECK_THROWS_WITH(scenes.check(), Catch::Contains("group regex '(' is not valid"));
  scenes.options.settings.back() = {"short_clips", "skip"};
  scenes.options.settings.emplace_back("clip_frames", "64");
  const CheckReport report = scenes.check();
  CHECK(findings_of(report, "short").size() == 8);
  REQUIRE_FALSE(report.stops.empty());
  CHECK_THAT(report.stops[0], Catch::Contains("gives a clip of 64 frames"));
  scenes.options.settings.back() = {"clip_frame", "64"};
  CHECK_THROWS_WITH(scenes.check(), Catch::Contains("did you mean `clip_frames`"));
}

TEST_CASE("a class of one group, unequal classes and folds of too few groups are found") {
  CheckedScenes scenes;
  for (std::uint64_t i = 0; i < 24; ++i) {
    write_scene(scenes.videos() / "dark" / fmt::format("w{}.mp4", i),
                {.place = 100 + i, .motion = 100 + i, .frames = 20});
  }
  write_scene(scenes.videos() / "alone/x_g01_a.mp4", {.place = 200, .motion = 200});
  write_scene(scenes.videos() / "alone/x_g01_b.mp4", {.place = 201, .motion = 201});
  CheckReport report = scenes.check();
  INFO(kinds_of(report));
  REQUIRE(findings_of(report, "one_group").size() == 1);
  CHECK(findings_of(report, "one_group")[0].file.parent_path().filename() == "alone");
  CHECK(findings_of(report, "unequal_classes").size() == 1);
  CHECK(report.findings.size() == 2);
  scenes.options.folds = 6;
  report = scenes.check();
  REQUIRE(findings_of(report, "few_groups").size() == 1);
  CHECK_THAT(findings_of(report, "few_groups")[0].text,
             Catch::Contains("light") && Catch::Contains("6 folds"));
}

TEST_CASE("a network that was trained on the spot finds a planted wrong label") {
  CheckedScenes scenes("", 6);
  TrainingOptions training{.out = scenes.scratch / "run", .settings = scenes.options.settings};
  for (const auto& [key, value] :
       {std::pair("recipe", "none"), std::pair("width", "0.03"), std::pair("batch", "6"),
        std::pair("steps", "60"), std::pair("device", "reference"), std::pair("validation_share", "0"),
        std::pair("flip", "0"), std::pair("warmup_steps", "2"), std::pair("optimizer", "adamw"),
        std::pair("learning_rate", "0.003")}) {
    training.settings.emplace_back(key, value);
  }
  const TrainingResult trained = train(training);
  scenes.options.weights = trained.last;
  scenes.options.network.device.device = "reference";
  scenes.options.settings[0].second = (scenes.scratch / "others").string();
  for (std::uint64_t i = 20; i < 25; ++i) {
    write_scene(scenes.scratch / "others/dark" / fmt::format("d{}.mp4", i), CheckedScenes::dark(i));
    write_scene(scenes.scratch / "others/light" / fmt::format("l{}.mp4", i), CheckedScenes::light(i));
  }
  CheckReport report = scenes.check();
  INFO(kinds_of(report));
  CHECK(report.labelled == 10);
  CHECK(report.findings.empty());
  write_scene(scenes.scratch / "others/dark/wrong.mp4", CheckedScenes::light(30));
  report = scenes.check();
  INFO(kinds_of(report));
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == "label_suspect");
  CHECK(report.findings[0].file == scenes.scratch / "others/dark/wrong.mp4");
  CHECK_THAT(report.findings[0].text, Catch::Contains("label dark") && Catch::Contains("sees light"));

  fs::rename(scenes.scratch / "others/dark", scenes.scratch / "others/night");
  fs::rename(scenes.scratch / "others/light", scenes.scratch / "others/day");
  CHECK_THROWS_WITH(scenes.check(), Catch::Contains("knows none of the classes"));
}

TEST_CASE("a check that is asked to stop is an error that says so") {
  const CheckedScenes scenes;
  CheckCallbacks callbacks;
  callbacks.stop_requested = [] { return true; };
  CHECK_THROWS_WITH(check_videos(scenes.options, callbacks), Catch::Contains("stopped"));
}
