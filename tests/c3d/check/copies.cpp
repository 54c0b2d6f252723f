// Copies that are planted in a collection, and what is said of them.
#include "catch.h"
#include "tests/c3d/check/checked_scenes.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

TEST_CASE("a re-encoded copy in another class is found with its original") {
  const CheckedScenes scenes;
  Scene copy = CheckedScenes::dark(1);
  copy.width = 64;
  copy.height = 48;
  write_scene(scenes.videos() / "light/copy.avi", copy, 35);
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  REQUIRE(report.findings.size() == 1);
  const CheckFinding& one = report.findings[0];
  CHECK(one.kind == "copy_across_classes");
  CHECK(one.weight == FindingWeight::spoils_results);
  CHECK(one.score > 0.85);
  CHECK_FALSE(one.action.empty());
  const std::vector<fs::path> pair = {one.file, one.others.at(0)};
  CHECK(std::ranges::count(pair, scenes.videos() / "light/copy.avi") == 1);
  CHECK(std::ranges::count(pair, scenes.videos() / "dark/v1.mp4") == 1);
}

TEST_CASE("a re-encoded copy on the other side of the split is found, and one in its class weighs less") {
  const CheckedScenes scenes("train");
  scenes.add_scenes("val", 10, 2);
  write_scene(scenes.videos() / "val/dark/copy.mp4", CheckedScenes::dark(2), 35);
  write_scene(scenes.videos() / "train/light/again.mp4", CheckedScenes::light(3), 35);
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].kind == "copy_across_split");
  CHECK(report.findings[0].file == scenes.videos() / "train/dark/v2.mp4");
  CHECK(report.findings[0].others == std::vector<fs::path>{scenes.videos() / "val/dark/copy.mp4"});
  CHECK(report.findings[1].kind == "copy");
  CHECK(report.findings[1].weight == FindingWeight::may_harm);
  CHECK(report.stops.empty());
}

TEST_CASE("a file with the same bytes under another name is found as such") {
  CheckedScenes scenes;
  scenes.options.settings.emplace_back("validation_share", "0");
  fs::copy(scenes.videos() / "dark/v0.mp4", scenes.videos() / "dark/x.mp4");
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].score == 1);
  CHECK_THAT(report.findings[0].text, Catch::Contains("same bytes") && Catch::Contains("x.mp4"));
}

TEST_CASE("a link that validates under another name is found") {
  const CheckedScenes scenes("train");
  scenes.add_scenes("val", 10, 2);
  fs::create_symlink(scenes.videos() / "train/dark/v0.mp4", scenes.videos() / "val/dark/link.mp4");
  const CheckReport report = scenes.check();
  // Training refuses a file that is on both sides.
  REQUIRE(report.stops.size() == 1);
  CHECK_THAT(report.stops[0], Catch::Contains("are training videos too"));
  CHECK(findings_of(report, "copy_across_split").size() == 1);
  CHECK(findings_of(report, "training_stops").size() == 1);
}

TEST_CASE("of a large group those with another label are named first, and all are counted") {
  CheckedScenes scenes;
  scenes.options.settings.emplace_back("validation_share", "0");
  for (const char* name : {"c1.mp4", "c2.mp4", "c3.mp4", "c4.mp4"}) {
    fs::copy(scenes.videos() / "dark/v0.mp4", scenes.videos() / "dark" / name);
  }
  fs::copy(scenes.videos() / "dark/v0.mp4", scenes.videos() / "light/wrong.mp4");
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  REQUIRE(report.findings.size() == 1);
  const CheckFinding& one = report.findings[0];
  CHECK(one.kind == "copy_across_classes");
  REQUIRE(one.others.size() == 5);
  const std::vector<fs::path> ends = {one.file, one.others[0]};
  CHECK(std::ranges::count(ends, scenes.videos() / "light/wrong.mp4") == 1);
  CHECK_THAT(one.text, Catch::Contains("and 2 more") && Catch::Contains("in all dark: 5, light: 1"));
}

TEST_CASE("black videos are copies of each other where their bytes are equal, and not by their looks") {
  CheckedScenes scenes;
  for (const int quality : {20, 30}) {
    write_scene(scenes.videos() / "dark" / fmt::format("black{}.mp4", quality),
                {.frames = 40 + quality, .brighter = -255}, quality);
  }
  CHECK(findings_of(scenes.check(), "black").size() == 2);
  CHECK(findings_of(scenes.check(), "copy").empty());
  fs::copy(scenes.videos() / "dark/black20.mp4", scenes.videos() / "dark/again.mp4");
  scenes.options.settings.emplace_back("validation_share", "0");
  const CheckReport report = scenes.check();
  REQUIRE(findings_of(report, "copy").size() == 1);
  CHECK_THAT(findings_of(report, "copy")[0].text, Catch::Contains("same bytes"));
}

TEST_CASE("videos of one file under several names are copies") {
  CheckedScenes scenes;
  scenes.options.settings.emplace_back("validation_share", "0");
  fs::create_hard_link(scenes.videos() / "dark/v0.mp4", scenes.videos() / "dark/hard.mp4");
  fs::create_symlink(scenes.videos() / "light/v1.mp4", scenes.videos() / "light/soft.mp4");
  fs::create_directory_symlink(scenes.videos(), scenes.videos() / "light/loop");
  const CheckReport report = scenes.check();
  INFO(kinds_of(report));
  CHECK(report.findings.size() == 2);
  CHECK(findings_of(report, "copy").size() == 2);
  CHECK(report.videos.size() == 10);
}
