// c3d_train --folds as its users run it.
#include <csignal>

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

namespace {

const std::vector<std::string> kThreeFolds = {"--folds", "3"};

}  // namespace

TEST_CASE("folds become a run each, a table and a summary") {
  const Training training;
  Process process = training.start_new("folds", kThreeFolds);
  REQUIRE(process.wait() == 0);
  const auto out = training.run("folds");
  const std::string output = process.output();
  CHECK_THAT(output, Catch::Contains("fold 1 of 3: " + (out / "fold-1").string()) &&
                         Catch::Contains("mean") && Catch::Contains("deviation"));
  CHECK(last_line(output) == "all of it: " + (out / "folds.json").string());
  for (const char* fold : {"fold-1", "fold-2", "fold-3"}) {
    for (const char* file : {"config.json", "metrics.jsonl", "best.safetensors", "state.safetensors"}) {
      CHECK(std::filesystem::exists(out / fold / file));
    }
  }
  CHECK_THAT(read_text(out / "fold-2/config.json"), Catch::Contains("\"fold\": \"2/3\""));
  CHECK_THAT(read_text(out / "folds.json"),
             Catch::Contains("\"deviation\"") && Catch::Contains("\"confusion\""));
  CHECK_THAT(read_text(out / "confusion.csv"), Catch::StartsWith("truth \\ predicted,dark,light"));
  CHECK_FALSE(std::filesystem::exists(out / ".lock"));

  // A fold is a run like any other, and the same by itself.
  Process alone = training.start_new("alone", {"--set", "fold=2/3"});
  REQUIRE(alone.wait() == 0);
  CHECK(read_text(training.run("alone") / "last.safetensors") == read_text(out / "fold-2/last.safetensors"));

  Process again = training.start_new("folds", kThreeFolds);
  CHECK(again.wait() == 1);
  CHECK_THAT(again.output(),
             Catch::Contains("holds a cross-validation already") && Catch::Contains("--resume"));
  Process run = training.start_new("folds");
  CHECK(run.wait() == 1);
  CHECK_THAT(run.output(), Catch::Contains("holds a cross-validation"));
  Process over = training.start("folds", {"--resume"});  // nothing is left to do
  CHECK(over.wait() == 0);
  CHECK_THAT(over.output(), Catch::StartsWith("fold       videos"));
}

TEST_CASE("what a recipe came to in the first fold holds for all folds") {
  const Training training;
  Process process = training.start_new("small", {"--folds", "2", "--set", "recipe=scratch"});
  REQUIRE(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("recipe scratch"));
  const auto out = training.run("small");
  std::string first = read_text(out / "fold-1/config.json");
  const std::string second = read_text(out / "fold-2/config.json");
  CHECK_THAT(first,
             Catch::Contains("\"recipe\": \"scratch\"") && Catch::Contains("\"label_smoothing\": 0.1"));
  first.replace(first.find("1/2"), 3, "2/2");
  CHECK(first == second);
}

TEST_CASE("a cross validation that was stopped goes on with its fold to the same bytes") {
  const Training training;
  REQUIRE(training.start_new("whole", kThreeFolds).wait() == 0);
  for (const int signal : {SIGINT, SIGKILL}) {
    const std::string name = "stopped" + std::to_string(signal);
    Process process = training.start_new(name, kThreeFolds);
    training.wait_for_lines(process, name + "/fold-2", 3);
    process.send(signal);
    process.wait();
    const auto out = training.run(name);
    if (signal == SIGINT) {
      CHECK(process.wait() == 128 + SIGINT);
      CHECK_THAT(process.output(), Catch::Contains("stopped by Ctrl-C in fold 2 of 3 after step"));
      CHECK(last_line(process.output()) == "c3d_train --out " + out.string() + " --resume");
    }
    CHECK_FALSE(std::filesystem::exists(out / "fold-3"));
    const auto finished = std::filesystem::last_write_time(out / "fold-1/state.safetensors");
    Process other = training.start(name, {"--resume", "--folds", "4"});
    CHECK(other.wait() == 1);
    CHECK_THAT(other.output(), Catch::Contains("has 3 folds, not 4"));
    Process seed = training.start(name, {"--resume", "--seed", "9"});
    CHECK(seed.wait() == 1);
    CHECK_THAT(seed.output(), Catch::Contains("other settings: seed"));
    Process resumed = training.start(name, {"--resume"});
    CHECK(resumed.wait() == 0);
    CHECK_THAT(resumed.output(), Catch::Contains("fold 2 of 3") && !Catch::Contains("fold 1 of 3"));
    CHECK(std::filesystem::last_write_time(out / "fold-1/state.safetensors") == finished);
    for (const char* fold : {"fold-1", "fold-2", "fold-3"}) {
      CHECK(read_text(out / fold / "last.safetensors") ==
            read_text(training.run("whole") / fold / "last.safetensors"));
    }
    CHECK(read_text(out / "folds.json") == read_text(training.run("whole") / "folds.json"));
  }
}

TEST_CASE("a summary that is gone is made again from the folds") {
  const Training training;
  REQUIRE(training.start_new("folds", kThreeFolds).wait() == 0);
  const auto out = training.run("folds");
  const std::string summary = read_text(out / "folds.json");
  std::filesystem::remove(out / "folds.json");
  Process again = training.start_new("folds", {"--folds", "3", "--resume"});
  CHECK(again.wait() == 0);
  INFO(again.output());
  CHECK(read_text(out / "folds.json") == summary);
}

TEST_CASE("folds of other videos than the earlier ones are refused") {
  const Training training;
  Process process = training.start_new("folds", kThreeFolds);
  training.wait_until(process, [&] { return std::filesystem::exists(training.run("folds") / "fold-2"); });
  process.send(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
  write_plain_video(training.scratch / "videos/dark/extra.mp4", 70);
  Process resumed = training.start("folds", {"--resume"});
  CHECK(resumed.wait() == 1);
  CHECK_THAT(resumed.output(), Catch::Contains("not those"));
  std::filesystem::remove(training.scratch / "videos/dark/extra.mp4");
  std::filesystem::rename(training.scratch / "videos", training.scratch / "moved");
  Process moved = training.start("folds", {"--resume", "--data", (training.scratch / "moved").string()});
  CHECK(moved.wait() == 0);
  INFO(moved.output());
}

TEST_CASE("a dry run shows the videos of all folds and leaves nothing") {
  const Training training;
  Process process = training.start_new("dry", {"--folds", "2", "--dry-run"});
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("dark: 2 + 2, 2 + 2\nlight: 2 + 2, 2 + 2\n") &&
                                   Catch::Contains("each of the 2 folds takes as much"));
  CHECK_FALSE(std::filesystem::exists(training.run("dry")));
}

TEST_CASE("folds that cannot be are one error and leave nothing") {
  const Training training;
  const auto is_refused = [&](const std::vector<std::string>& words, int code, const std::string& why) {
    Process process = training.start_new("none", words);
    CHECK(process.wait() == code);
    CHECK_THAT(process.output(), Catch::Contains(why));
    CHECK_FALSE(std::filesystem::exists(training.run("none")));
  };
  is_refused({"--folds", "1"}, 2, "is '1', but must be a whole number from 2");
  is_refused({"--folds", "two"}, 2, "is 'two', but must be a whole number from 2");
  is_refused({"--folds", "9"}, 1, "8 videos in 8 groups cannot be split into 9 folds");
  is_refused({"--folds", "3", "--val", (training.scratch / "videos").string()}, 2, "--folds excludes --val");
  const std::string val = "val=" + (training.scratch / "videos").string();
  is_refused({"--folds", "3", "--set", val}, 2, "--val names others");
  is_refused({"--folds", "3", "--set", "fold=1/3"}, 2, "`fold` names one");
  is_refused({"--folds", "3", "--group-regex", "(v)"}, 1, "cannot be split into 3 folds");
  is_refused({"--folds", "2", "--set", "device=cuda:99"}, 1, "c3d_train: ");
}
