#include "c3d/training/run_folder.h"

#include <fstream>
#include <string>

#include "c3d/report/pictures.h"
#include "c3d/training/jsonl_sink.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

EvaluationReport two_classes() {
  EvaluationReport report;
  report.videos = 3;
  report.classes = {{2, 1}, {1, 1}};
  report.confusion = {{1, 1}, {0, 1}};
  return report;
}

}  // namespace

TEST_CASE("a run folder is made with settings and labels") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "deep/run");
  CHECK_FALSE(folder.file_of_a_run());
  folder.prepare("{}\n", {"one", "two words"}, 1000);
  CHECK(folder.file_of_a_run());
  CHECK_FALSE(folder.file_of_a_checkpoint());
  CHECK(read_text(folder.config()) == "{}\n");
  CHECK(read_text(folder.labels()) == "one\ntwo words\n");
}

TEST_CASE("a run that would fill the disk is refused before its first step") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "run");
  CHECK_THROWS_WITH(folder.prepare("{}", {"a"}, std::uint64_t{1} << 60), Catch::Contains("the disk has"));
  CHECK_FALSE(folder.file_of_a_run());
}

TEST_CASE("a confusion matrix is written as CSV with quotes where they are needed") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch.path());
  folder.write_confusion(two_classes(), {"a", "b, \"c\""});
  CHECK(read_text(scratch / "confusion.csv") ==
        "truth \\ predicted,a,\"b, \"\"c\"\"\"\na,1,1\n\"b, \"\"c\"\"\",0,1\n");
  folder.draw_confusion_picture(two_classes(), {"a", "b, \"c\""});
  CHECK(std::filesystem::exists(scratch / "confusion.png") == can_draw());
}

TEST_CASE("names of classes cannot disturb a terminal or a table") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch.path());
  const std::vector<std::string> names = {"\033[31mred", "b"};
  CHECK_THAT(class_table(two_classes(), names),
             Catch::StartsWith("class        videos  right\n\\x1b[31mred  "));
  folder.write_confusion(two_classes(), names);
  folder.prepare("{}", names, 0);
  for (const char* file : {"confusion.csv", "labels.txt"}) {
    CHECK(read_text(scratch / file).find('\033') == std::string::npos);
    CHECK_THAT(read_text(scratch / file), Catch::Contains("\\x1b[31mred"));
  }
}

TEST_CASE("classes that no file can hold are refused") {
  CHECK_NOTHROW(check_labels({"a", "b c", "ünï"}));
  CHECK_THROWS_WITH(check_labels({"a", ""}), Catch::Contains("the name of class 1 is not"));
  CHECK_THROWS_WITH(check_labels({" "}), Catch::Contains("the name of class 0 is not"));
  CHECK_THROWS_WITH(check_labels({"a", "b", "a"}),
                    Catch::Contains("classes 0 and 2 have the same name, `a`"));
  CHECK_THROWS_WITH(check_labels({"a\nb"}), Catch::Contains("characters: `a\\nb`"));
  CHECK_THROWS_WITH(check_labels({"\xe4"}), Catch::Contains("characters: `\\xe4`"));
}

TEST_CASE("every file of a run tells that a folder holds one") {
  for (const char* name :
       {"config.json", "labels.txt", "metrics.jsonl", "last.safetensors", "best.safetensors",
        "state.safetensors", "confusion.csv", "confusion.png", "label_results.csv", "curves.png"}) {
    const ScratchFolder scratch;
    const auto file = scratch.write(name);
    CHECK(RunFolder(scratch.path()).file_of_a_run() == file);
  }
}

TEST_CASE("a locked folder is made and goes again when nothing came into it") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "deep/run/");
  {
    const RunLock lock(folder);
    CHECK(std::filesystem::is_directory(scratch / "deep/run"));
    CHECK_THROWS_WITH(RunLock(folder),
                      Catch::Contains("a training is running in") && Catch::Contains("in use by process"));
  }
  CHECK_FALSE(std::filesystem::exists(scratch / "deep"));
  {
    const RunLock lock(folder);
    scratch.write("deep/run/config.json");
  }
  CHECK(std::filesystem::exists(scratch / "deep/run/config.json"));
  CHECK_FALSE(std::filesystem::exists(scratch / "deep/run/.lock"));
  CHECK_THROWS_WITH(RunLock(RunFolder(scratch.write("file"))),
                    Catch::Contains("cannot make the run's folder"));
  CHECK_THROWS_WITH(RunLock(RunFolder("")), Catch::Contains("--out is empty"));
}

TEST_CASE("a locked folder is where links lead") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch / "real/inner");
  std::filesystem::create_directory_symlink(scratch / "real/inner", scratch / "link");
  const RunLock lock(RunFolder(scratch / "link/../run"));
  CHECK(std::filesystem::is_directory(scratch / "real/run"));
  CHECK_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST_CASE("folders that were made go again where they cannot be locked") {
  const ScratchFolder scratch;
  std::string path = (scratch / "run").string();
  while (path.size() < 3890) path += "/" + std::string(200, 'x');
  path += "/" + std::string(4093 - path.size() - 1, 'x');  // a folder may have this name, a lock in it none
  CHECK_THROWS_WITH(RunLock(RunFolder(path)), Catch::Contains("name too long"));
  CHECK_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST_CASE("curves are drawn from the metrics") {
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

TEST_CASE("the class table shows hits by class") {
  const std::string table = class_table(two_classes(), {"walk", "run"});
  CHECK_THAT(table, Catch::Contains("walk        2    50 %"));
  CHECK_THAT(table, Catch::Contains("run         1   100 %"));
}

TEST_CASE("the table of label sets shows precision threshold and F1 of each label") {
  EvaluationReport report;
  report.classes = {{2, 1}, {0, 0}};
  report.label_results = {{2, 0.75, 0.4375, 0.8}, {0, -1, 0.5, 0}};
  const std::string table = class_table(report, {"walk", "run, \"fast\""});
  CHECK_THAT(table, Catch::StartsWith("label        videos  average precision  threshold    F1\n"
                                      "walk              2             75.0 %      0.438  0.80\n"
                                      "run, \"fast\"       0                  -      0.500     -\n"));
  const ScratchFolder scratch;
  RunFolder(scratch.path()).write_label_results(report, {"walk", "run, \"fast\""});
  CHECK(read_text(scratch / "label_results.csv") ==
        "label,videos,average_precision,threshold,f1\nwalk,2,0.750000,0.4375,0.800000\n"
        "\"run, \"\"fast\"\"\",0,,0.5,\n");
}
