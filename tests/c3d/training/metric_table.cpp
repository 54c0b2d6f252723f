#include "c3d/training/metric_table.h"

#include "c3d/training/jsonl_sink.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

std::string table_of(const ScratchFolder& folder) {
  write_metric_table(folder / "metrics.jsonl", folder / "table.csv");
  return read_text(folder / "table.csv");
}

}  // namespace

TEST_CASE("a step is a row, with the evaluation after it, and what a line lacks is empty") {
  const ScratchFolder folder;
  folder.write("metrics.jsonl",
               "{\"event\":\"step\",\"step\":1,\"epoch\":0,\"loss\":0.1}\n"
               "{\"event\":\"step\",\"step\":2,\"epoch\":0,\"loss\":null}\n"
               "{\"event\":\"evaluation\",\"split\":\"validation\",\"step\":2,\"epoch\":0,\"top1\":0.5,"
               "\"classes_videos_correct\":[[1,0],[2,2]]}\n"
               "{\"event\":\"step\",\"step\":3,\"epoch\":1,\"loss\":1e-07,\"more\":7}\n");
  CHECK(table_of(folder) ==
        "step,epoch,loss,validation_epoch,validation_top1,validation_classes_videos_correct,more\r\n"
        "1,0,0.1,,,,\r\n"
        "2,0,,0,0.5,\"[[1,0],[2,2]]\",\r\n"
        "3,1,1e-07,,,,7\r\n");
}

TEST_CASE("texts with commas, quotes and line ends are quoted") {
  const ScratchFolder folder;
  folder.write("metrics.jsonl", R"({"step":1,"a, b":"say \"x\"\n","c":true,"d":"plain"})");
  CHECK(table_of(folder) == "step,\"a, b\",c,d\r\n1,\"say \"\"x\"\"\n\",true,plain\r\n");
}

TEST_CASE("lines that are no metrics are left out, and a file without any is an error") {
  const ScratchFolder folder;
  const std::string odd = "no JSON\n[]\n{\"step\":\"x\"}\n{\"loss\":1}\n";
  folder.write("metrics.jsonl", odd + "{\"step\":4,\"loss\":2}\n{\"step\":5,\"lo");
  CHECK(table_of(folder) == "step,loss\r\n4,2\r\n");
  folder.write("metrics.jsonl", odd);
  CHECK_THROWS_WITH(table_of(folder), Catch::Contains("holds no metrics"));
  std::filesystem::remove(folder / "metrics.jsonl");
  CHECK_THROWS_WITH(table_of(folder), Catch::Contains("no such file"));
}

TEST_CASE("what a sink writes is a table with all of its keys") {
  const ScratchFolder folder;
  JsonlSink sink(folder / "metrics.jsonl", 0);
  StepReport step;
  step.step = 3;
  step.loss = 1.0 / 3;
  sink.on_step(step);
  EvaluationReport evaluation;
  evaluation.split = "validation";
  evaluation.step = 3;
  sink.on_evaluation(evaluation);
  const std::string table = table_of(folder);
  CHECK_THAT(table, Catch::StartsWith(
                        "step,epoch,loss,accuracy,gradient_norm,learning_rate,clips_per_second,seconds,"
                        "validation_epoch,validation_clips,validation_videos,validation_clip_loss,"));
  CHECK_THAT(table, Catch::Contains("\r\n3,0,0.3333333333333333,0.0,"));
  CHECK(std::count(table.begin(), table.end(), '\n') == 2);
}
