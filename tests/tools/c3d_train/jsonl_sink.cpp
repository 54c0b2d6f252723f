#include "tools/shared/jsonl_sink.h"

#include <fstream>
#include <limits>
#include <string>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

StepReport step(std::int64_t number, double loss) {
  StepReport report;
  report.step = number;
  report.loss = loss;
  return report;
}

}  // namespace

TEST_CASE("metrics_are_a_line_for_every_report_and_are_read_back") {
  const ScratchFolder folder;
  JsonlSink sink(folder / "metrics.jsonl", 0);
  sink.on_step(step(1, 0.5));
  sink.on_step(step(2, std::numeric_limits<double>::quiet_NaN()));
  EvaluationReport evaluation;
  evaluation.step = 2;
  evaluation.top1 = 0.75;
  evaluation.classes = {{4, 3}};
  sink.on_evaluation(evaluation);
  CHECK(sink.synced_bytes() == text_of(folder / "metrics.jsonl").size());
  const MetricHistory history = read_metrics(folder / "metrics.jsonl");
  REQUIRE(history.steps.size() == 2);
  CHECK(history.steps[0].loss == 0.5);
  REQUIRE(history.evaluations.size() == 1);
  CHECK(history.evaluations[0].top1 == 0.75);
}

TEST_CASE("metrics_are_cut_back_to_what_a_resumed_run_knows") {
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
