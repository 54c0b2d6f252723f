// Training as a program sees it: settings, runs that stop and go on, cross-validation.
#include "c3d/check.h"
#include "c3d/error.h"
#include "c3d/report.h"
#include "c3d/training.h"
#include "catch.h"
#include "tests/support/environment.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

TEST_CASE("settings of training say what they are") {
  const std::vector<SettingDescription> settings = training_settings();
  const auto rate =
      std::find_if(settings.begin(), settings.end(), [](const auto& s) { return s.name == "learning_rate"; });
  REQUIRE(rate != settings.end());
  CHECK(rate->default_value == "0.01");
  CHECK(!rate->help.empty());
}

TEST_CASE("weights to start from are a path or those that are installed") {
  const ScratchFolder folder;
  const EnvironmentVariable pretrained("C3D_PRETRAINED", folder.path().string());
  CHECK(starting_weights("my/weights.pth") == "my/weights.pth");
  CHECK_THROWS_WITH(starting_weights("motion"), Catch::Contains("are not installed"));
  folder.write("c3d-motion-w025.safetensors", "");
  CHECK(starting_weights("motion") == folder / "c3d-motion-w025.safetensors");
}

struct TrainingFixture {
  TrainingFixture() { write_plain_videos(folder / "videos", 4); }
  TrainingOptions options() const {
    return {.out = folder / "run",
            .settings = {{"recipe", "none"},
                         {"data", (folder / "videos").string()},
                         {"width", "0.03"},
                         {"crop", "16"},
                         {"resize_width", "20"},
                         {"resize_height", "18"},
                         {"batch", "3"},
                         {"steps", "6"},
                         {"validation_clips", "2"},
                         {"validate_every", "3"},
                         {"warmup_steps", "2"},
                         {"device", "reference"},
                         {"cache_folder", (folder / "cache").string()}}};
  }
  ScratchFolder folder;
};

TEST_CASE_METHOD(TrainingFixture, "a program trains and reads what the run left") {
  std::int64_t last_step = 0, evaluations = 0, videos = 0;
  TrainingCallbacks callbacks;
  callbacks.reading = [&](std::int64_t done, std::int64_t) { videos = done; };
  callbacks.step = [&](const TrainingStep& step) { last_step = step.step; };
  callbacks.evaluation = [&](const TrainingEvaluation&) { ++evaluations; };
  const TrainingResult result = train(options(), callbacks);
  CHECK(result.finished);
  CHECK(result.step == 6);
  CHECK(last_step == 6);
  CHECK(evaluations == 2);
  CHECK(videos > 0);
  CHECK(result.labels == std::vector<std::string>{"dark", "light"});
  CHECK(fs::exists(result.last));

  const RunReport report = read_run(folder / "run");
  CHECK(report.labels == result.labels);
  CHECK(report.steps.size() == 6);
  REQUIRE(report.evaluations.size() == 2);
  REQUIRE(report.evaluations.back().confusion.size() == 2);
  std::int64_t judged = 0;
  for (const auto& row : report.evaluations.back().confusion) judged += row[0] + row[1];
  CHECK(judged == report.evaluations.back().videos);
  CHECK(write_report(folder / "run") == folder / "run/report.html");
  CHECK_THAT(read_text(folder / "run/report.html"), Catch::Contains("Worst and best videos"));
  CHECK_THROWS_AS(train(options()), Error);  // the folder holds a run
  if (!can_draw_pictures()) return skip("built without Cairo");
  draw_training_curves(report, folder / "curves.png");
  draw_confusion_matrix(report, folder / "confusion.png");
  CHECK(fs::file_size(folder / "curves.png") > 1000);
  CHECK(read_text(folder / "curves.png") == read_text(folder / "run/curves.png"));
  CHECK(read_text(folder / "confusion.png") == read_text(folder / "run/confusion.png"));
}

TEST_CASE_METHOD(TrainingFixture, "a program checks its videos before it trains on them") {
  CheckOptions check{.settings = options().settings, .page = folder / "check.html"};
  std::int64_t read = 0;
  CheckCallbacks callbacks;
  callbacks.reading = [&](std::int64_t done, std::int64_t total) {
    read = done;
    CHECK(total == 8);
  };
  const CheckReport report = check_videos(check, callbacks);
  CHECK(read == 8);
  CHECK(report.stops.empty());
  CHECK(report.videos.size() == 8);
  REQUIRE(report.findings.size() == 8);  // each of one even colour
  for (const CheckFinding& one : report.findings) {
    CHECK(one.kind == "one_colour");
    CHECK(fs::exists(one.file));
    CHECK_FALSE(one.action.empty());
  }
  CHECK(check_text(report).find("training would start") != std::string::npos);
  CHECK(check_json(report).find("\"would_stop\": false") != std::string::npos);
  CHECK(fs::file_size(check.page) > 1000);
}

TEST_CASE_METHOD(TrainingFixture, "a run that was stopped goes on to the same weights") {
  train(options());
  const std::string undisturbed = read_text(folder / "run/last.safetensors");
  fs::remove_all(folder / "run");
  std::int64_t steps = 0;
  TrainingCallbacks callbacks;
  callbacks.step = [&](const TrainingStep& step) { steps = step.step; };
  callbacks.stop_requested = [&] { return steps == 4; };
  const TrainingResult stopped = train(options(), callbacks);
  CHECK(!stopped.finished);
  CHECK(stopped.step == 4);
  const TrainingResult finished = train({.out = folder / "run", .resume = true});
  CHECK(finished.finished);
  CHECK(read_text(folder / "run/last.safetensors") == undisturbed);
}

TEST_CASE_METHOD(TrainingFixture, "a program cross-validates, stops and goes on") {
  std::int64_t steps = 0;
  TrainingCallbacks callbacks;
  callbacks.step = [&](const TrainingStep&) { ++steps; };
  callbacks.stop_requested = [&] { return steps == 8; };
  const CrossValidationResult stopped = cross_validate(options(), 2, callbacks);
  CHECK(!stopped.finished);
  REQUIRE(stopped.folds.size() == 1);
  CHECK(stopped.folds[0].run == folder / "run/fold-1");
  CHECK_THROWS_AS(train({.out = folder / "run", .resume = true}), Error);
  const CrossValidationResult result = cross_validate({.out = folder / "run", .resume = true}, 0);
  CHECK(result.finished);
  REQUIRE(result.folds.size() == 2);
  CHECK(result.folds[1].last.step == 6);
  CHECK(result.top1.mean == (result.folds[0].last.top1 + result.folds[1].last.top1) / 2);
  CHECK(result.labels == std::vector<std::string>{"dark", "light"});
  std::int64_t videos = 0;
  for (const auto& row : result.confusion) videos += row[0] + row[1];
  CHECK(videos == 8);
  CHECK(fs::exists(result.summary));
  CHECK(read_run(result.folds[0].run).steps.size() == 6);
  CHECK_THROWS_AS(cross_validate(options(), 1), Error);
}

}  // namespace
}  // namespace c3d
