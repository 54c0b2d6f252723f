#include "tools/c3d_train/run_folder.h"

#include <fstream>
#include <string>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"
#include "tools/draw/pictures.h"
#include "tools/shared/jsonl_sink.h"

using namespace c3d;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

EvaluationReport two_classes() {
  EvaluationReport report;
  report.videos = 3;
  report.classes = {{2, 1}, {1, 1}};
  report.confusion = {{1, 1}, {0, 1}};
  return report;
}

}  // namespace

TEST_CASE("a_run_folder_is_made_with_settings_and_labels") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "deep/run");
  CHECK_FALSE(folder.holds_run());
  folder.prepare("{}\n", {"one", "two words"}, 1000);
  CHECK(folder.holds_run());
  CHECK(text_of(folder.config()) == "{}\n");
  CHECK(text_of(folder.labels()) == "one\ntwo words\n");
}

TEST_CASE("a_run_that_would_fill_the_disk_is_refused_before_its_first_step") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "run");
  CHECK_THROWS_WITH(folder.prepare("{}", {"a"}, std::uint64_t{1} << 60), Catch::Contains("the disk has"));
  CHECK_FALSE(folder.holds_run());
}

TEST_CASE("a_confusion_matrix_is_written_as_csv_with_quotes_where_they_are_needed") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch.path());
  folder.write_confusion(two_classes(), {"a", "b, \"c\""});
  CHECK(text_of(scratch / "confusion.csv") ==
        "truth \\ predicted,a,\"b, \"\"c\"\"\"\na,1,1\n\"b, \"\"c\"\"\",0,1\n");
  CHECK(std::filesystem::exists(scratch / "confusion.png") == can_draw());
}

TEST_CASE("curves_are_drawn_from_the_metrics") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch.path());
  folder.draw_curves();  // nothing to draw yet
  CHECK_FALSE(std::filesystem::exists(scratch / "curves.png"));
  JsonlSink sink(folder.metrics(), 0);
  StepReport step;
  for (step.step = 1; step.step < 500; ++step.step) sink.on_step(step);
  EvaluationReport evaluation = two_classes();
  evaluation.step = 400;
  sink.on_evaluation(evaluation);
  folder.draw_curves();
  CHECK(std::filesystem::exists(scratch / "curves.png") == can_draw());
}

TEST_CASE("the_class_table_shows_hits_by_class") {
  const std::string table = class_table(two_classes(), {"walk", "run"});
  CHECK_THAT(table, Catch::Contains("walk        2    50 %"));
  CHECK_THAT(table, Catch::Contains("run         1   100 %"));
}
