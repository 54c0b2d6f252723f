#include "c3d/training/jsonl_sink.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"

using namespace c3d;

namespace {

StepReport step(std::int64_t number, double loss) {
  StepReport report;
  report.step = number;
  report.loss = loss;
  return report;
}

}  // namespace

TEST_CASE("metrics are a line for every report and are read back") {
  const ScratchFolder folder;
  JsonlSink sink(folder / "metrics.jsonl", 0);
  sink.on_step(step(1, 0.5));
  sink.on_step(step(2, std::numeric_limits<double>::quiet_NaN()));
  EvaluationReport evaluation;
  evaluation.step = 2;
  evaluation.top1 = 0.75;
  evaluation.classes = {{4, 3}};
  sink.on_evaluation(evaluation);
  CHECK(sink.synced_bytes() == read_text(folder / "metrics.jsonl").size());
  const MetricHistory history = read_metrics(folder / "metrics.jsonl");
  REQUIRE(history.steps.size() == 2);
  CHECK(history.steps[0].loss == 0.5);
  REQUIRE(history.evaluations.size() == 1);
  CHECK(history.evaluations[0].top1 == 0.75);
}

TEST_CASE("results of labels are read back to the last bit, and other lines have none") {
  const ScratchFolder folder;
  JsonlSink sink(folder / "metrics.jsonl", 0);
  EvaluationReport evaluation;
  evaluation.classes = {{4, 3}, {0, 0}};
  sink.on_evaluation(evaluation);
  const std::string plain = read_text(folder / "metrics.jsonl");
  CHECK_THAT(plain, !Catch::Contains("average_precision") && !Catch::Contains("labels"));
  evaluation.mean_average_precision = 0.1 + 0.2;
  evaluation.clip_mean_average_precision = 0.25;
  evaluation.label_results = {{4, 1.0 / 3, 0.7 / 3, 0.5}, {0, -1, 0.5, 0}};
  sink.on_evaluation(evaluation);
  CHECK_THAT(read_text(folder / "metrics.jsonl"), Catch::Contains("\"average_precision\":null"));
  const MetricHistory history = read_metrics(folder / "metrics.jsonl");
  REQUIRE(history.evaluations.size() == 2);
  CHECK(history.evaluations[0].mean_average_precision == -1);
  CHECK(history.evaluations[0].label_results.empty());
  const EvaluationReport& read = history.evaluations[1];
  CHECK(read.mean_average_precision == 0.1 + 0.2);
  CHECK(read.clip_mean_average_precision == 0.25);
  REQUIRE(read.label_results.size() == 2);
  CHECK(read.label_results[0].videos == 4);
  CHECK(read.label_results[0].average_precision == 1.0 / 3);
  CHECK(read.label_results[0].threshold == 0.7 / 3);
  CHECK(read.label_results[0].f1 == 0.5);
  CHECK(read.label_results[1].average_precision == -1);
}

TEST_CASE("numbers that are not finite are null in the file and NaN when read back") {
  const ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  JsonlSink sink(path, 0);
  sink.on_step(step(1, std::numeric_limits<double>::infinity()));
  EvaluationReport diverged;
  diverged.step = 1;
  diverged.clip_loss = diverged.video_loss = diverged.top1 = std::numeric_limits<double>::quiet_NaN();
  diverged.classes = {{4, 0}, {2, 1}};
  sink.on_evaluation(diverged);
  CHECK_THAT(read_text(path), Catch::Contains("\"loss\":null") && Catch::Contains("\"video_loss\":null"));
  const MetricHistory history = read_metrics(path);
  REQUIRE(history.steps.size() == 1);
  CHECK(std::isnan(history.steps[0].loss));
  REQUIRE(history.evaluations.size() == 1);
  CHECK(std::isnan(history.evaluations[0].clip_loss));
  CHECK(std::isnan(history.evaluations[0].video_loss));
  CHECK(std::isnan(history.evaluations[0].top1));
  REQUIRE(history.evaluations[0].classes.size() == 2);
  CHECK(history.evaluations[0].classes[1].correct == 1);
}

TEST_CASE("lines that no run wrote are left out of the metrics") {
  const ScratchFolder folder;
  const auto path =
      folder.write("metrics.jsonl",
                   "[1]\n7\n{\"event\": 5}\n{\"event\": \"step\", \"step\": \"x\", \"loss\": []}\n"
                   "{\"event\": \"evaluation\", \"classes_videos_correct\": [1, [2], [\"a\", 1]]}\n\xff\n");
  const MetricHistory history = read_metrics(path);
  REQUIRE(history.steps.size() == 1);
  CHECK(history.steps[0].step == 0);
  REQUIRE(history.evaluations.size() == 1);
  CHECK(history.evaluations[0].classes.empty());
}

TEST_CASE("metrics on a full disk are an error that says so") {
  if (!std::filesystem::exists("/dev/full")) return skip("this system has no /dev/full");
  JsonlSink sink("/dev/full", 0);
  CHECK_THROWS_WITH(sink.on_step(step(1, 1)),
                    Catch::Contains("/dev/full") && Catch::Contains("the disk is full"));
}

TEST_CASE("metrics are cut back to what a resumed run knows") {
  const ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  std::uint64_t known = 0;
  {
    JsonlSink sink(path, 0);
    sink.on_step(step(1, 1));
    known = sink.synced_bytes();
    sink.on_step(step(2, 2));
  }
  std::ofstream(path, std::ios::app) << R"({"event": "step", "st)";  // killed while it wrote
  CHECK(read_metrics(path).steps.size() == 2);
  {
    JsonlSink sink(path, known);
    sink.on_step(step(2, 3));
  }
  const MetricHistory history = read_metrics(path);
  REQUIRE(history.steps.size() == 2);
  CHECK(history.steps[1].loss == 3);
  CHECK_THROWS_WITH(JsonlSink(path, 100000), Catch::Contains("metrics.jsonl"));
}

TEST_CASE("what can be kept of metrics ends with a whole line") {
  const ScratchFolder folder;
  const auto path = folder.write("metrics.jsonl", "{1}\n{22}\n{3");
  CHECK(whole_lines(path, 1000) == 9);
  CHECK(whole_lines(path, 9) == 9);
  CHECK(whole_lines(path, 8) == 4);
  CHECK(whole_lines(path, 3) == 0);
  CHECK(whole_lines(folder / "absent", 10) == 0);
}
