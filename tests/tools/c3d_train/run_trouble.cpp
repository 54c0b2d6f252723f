// What befalls a run from outside: other processes, moved and broken videos, files that are gone.
#include <csignal>

#include "c3d/report/pictures.h"
#include "catch.h"
#include "engine/io/atomic_file.h"
#include "tests/support/skip.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

TEST_CASE("a second process in the folder of a living run stops at once and names it") {
  const Training training;
  Process first = training.start_new("run", {"--set", "steps=100000"});
  training.wait_for_lines(first, "run", 2);
  const auto is_refused = [](Process second) {
    CHECK(second.wait() == 1);
    CHECK_THAT(last_line(second.output()),
               Catch::Contains("a training is running in") && Catch::Contains("in use by process"));
  };
  is_refused(training.start_new("run"));
  is_refused(training.start("run", {"--resume"}));
  CHECK(training.start_new("run", {"--dry-run"}).wait() == 0);
  first.send(SIGTERM);
  CHECK(first.wait() == 128 + SIGTERM);
  CHECK_FALSE(std::filesystem::exists(training.run("run") / ".lock"));
}

TEST_CASE("a run goes on with videos that were moved") {
  const Training training;
  REQUIRE(training.start_new("whole").wait() == 0);
  Process stopped = training.start_new("run");
  training.kill_at(stopped, "run", 4);
  std::filesystem::rename(training.scratch / "videos", training.scratch / "moved");
  Process lost = training.start("run", {"--resume"});
  CHECK(lost.wait() == 1);
  CHECK_THAT(lost.output(),
             Catch::Contains("no such folder") && Catch::Contains("moved are found by --data"));
  Process found = training.start("run", {"--resume", "--data", (training.scratch / "moved").string()});
  CHECK(found.wait() == 0);
  INFO(found.output());
  CHECK(read_text(training.run("run") / "last.safetensors") ==
        read_text(training.run("whole") / "last.safetensors"));
  CHECK(training.start("run", {"--resume"}).wait() == 0);  // and knows it from then on
  // Other videos under the same names are other videos.
  write_plain_video(training.scratch / "moved/dark/v0.mp4", 99, 20);
  std::ofstream(training.scratch / "moved/dark/v0.mp4", std::ios::app) << "longer";
  Process changed = training.start("run", {"--resume"});
  CHECK(changed.wait() == 1);
  CHECK_THAT(changed.output(), Catch::Contains("not those the run was started with"));
}

TEST_CASE("a resume of a run that is not there says so and starts one only where videos are named") {
  const Training training;
  Process lost = training.start("typo", {"--resume"});
  CHECK(lost.wait() == 1);
  CHECK_THAT(lost.output(), Catch::Contains("typo holds no run to go on with: check --out"));
  CHECK_FALSE(std::filesystem::exists(training.run("typo")));
  Process fresh = training.start_new("typo", {"--resume", "--dry-run"});
  CHECK(fresh.wait() == 0);
  CHECK_THAT(fresh.output(), Catch::Contains("typo holds no run to go on with: a new one starts"));
}

TEST_CASE("videos that fail in mid run end it saved and it goes on when they are back") {
  const Training training;
  Process process = training.start_new("run", {"--set", "steps=100000", "--set", "cache_gb=0", "--set",
                                               "snapshot_every=100000", "--set", "validate_every=100000"});
  training.wait_for_lines(process, "run", 2);
  for (const char* side : {"dark", "light"}) {
    std::filesystem::rename(training.scratch / "videos" / side, training.scratch / side);
  }
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(),
             Catch::Contains("is saved; see that all videos are there") &&
                 Catch::Contains("c3d_train --out " + training.run("run").string() + " --resume"));
  REQUIRE(std::filesystem::exists(training.run("run") / "state.safetensors"));
  for (const char* side : {"dark", "light"}) {
    std::filesystem::rename(training.scratch / side, training.scratch / "videos" / side);
  }
  Process again = training.start("run", {"--resume"});
  training.wait_until(again, [&] { return again.output().find("going on after step") != std::string::npos; });
  again.send(SIGTERM);
  CHECK(again.wait() == 128 + SIGTERM);
}

TEST_CASE("weights that are gone are written again and a state that is gone is an error") {
  const Training training;
  REQUIRE(training.start_new("run", {"--set", "validate_every=9"}).wait() == 0);
  const auto run = training.run("run");
  const std::string last = read_text(run / "last.safetensors"), best = read_text(run / "best.safetensors");
  std::filesystem::remove(run / "last.safetensors");
  std::filesystem::remove(run / "best.safetensors");
  write_file(run / "metrics.jsonl", read_text(run / "metrics.jsonl").substr(1));
  Process again = training.start("run", {"--resume"});
  REQUIRE(again.wait() == 0);
  CHECK_THAT(again.output(), Catch::Contains("metrics.jsonl has"));  // a log that is cut ends no run
  CHECK(read_text(run / "last.safetensors") == last);
  CHECK(read_text(run / "best.safetensors") == best);

  std::filesystem::remove(run / "state.safetensors");
  const std::string metrics = read_text(run / "metrics.jsonl");
  Process lost = training.start("run", {"--resume"});
  CHECK(lost.wait() == 1);
  CHECK_THAT(lost.output(), Catch::Contains("state.safetensors is gone") &&
                                Catch::Contains("--init " + (run / "last.safetensors").string()));
  // Its metrics alone show that there were snapshots.
  for (const char* file :
       {"last.safetensors", "best.safetensors", "confusion.csv", "confusion.png", "curves.png"})
    std::filesystem::remove(run / file);
  Process shown = training.start("run", {"--resume"});
  CHECK(shown.wait() == 1);
  CHECK_THAT(shown.output(), Catch::Contains("state.safetensors is gone"));
  CHECK(read_text(run / "metrics.jsonl") == metrics);
}

TEST_CASE("best weights that cannot be written again are said and never recommended") {
  const Training training;
  REQUIRE(training.start_new("run", {"--set", "validate_every=4", "--set", "learning_rate=0"}).wait() == 0);
  const auto best = training.run("run") / "best.safetensors";  // of step 4: nothing was learnt after it
  const auto is_said = [&](const char* what) {
    Process process = training.start("run", {"--resume"});
    REQUIRE(process.wait() == 0);
    CHECK_THAT(process.output(), Catch::Contains(fmt::format("the weights after step 4, is {}", what)));
    CHECK_THAT(
        last_line(process.output()),
        Catch::StartsWith("c3d_infer --weights " + (training.run("run") / "last.safetensors").string()));
  };
  write_file(best, "");
  is_said("damaged");
  std::filesystem::remove(best);
  is_said("gone");
}

TEST_CASE("an evaluation that diverged is never best and one error") {
  const Training training;
  Process process = training.start_new("run", {"--set", "learning_rate=1e6", "--set", "clip_norm=0", "--set",
                                               "warmup_steps=0", "--set", "validate_every=1"});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(),
             Catch::Contains("not finite") && Catch::Contains("learning_rate") && !Catch::Contains("json"));
}

TEST_CASE("a picture that cannot be drawn is one note and ends no run") {
  if (!can_draw()) return skip("this build draws no pictures");
  const Training training;
  Process process = training.start_new("run", {"--set", "steps=40", "--set", "validate_every=20"});
  training.wait_for_lines(process, "run", 1);
  std::filesystem::create_directory(training.run("run") / "curves.png");
  CHECK(process.wait() == 0);
  const std::string output = process.output(), note = "note: a picture was not drawn";
  const std::size_t first = output.find(note);
  REQUIRE(first != std::string::npos);
  CHECK(output.find(note, first + 1) == std::string::npos);
}

TEST_CASE("a signal while videos are read is answered and leaves no run") {
  const Training training;
  for (int i = 0; i < 3000; ++i) {
    std::filesystem::create_hard_link(
        training.scratch / "videos/dark/v0.mp4",
        training.scratch / "videos/dark" / ("link" + std::to_string(i) + ".mp4"));
  }
  Process process = training.start_new("run");
  training.wait_until(process, [&] { return process.output().find("reading videos") != std::string::npos; });
  process.send(SIGINT);
  CHECK(process.wait() == 128 + SIGINT);
  CHECK_THAT(process.output(), Catch::Contains("stopping: finishing the videos at work") &&
                                   Catch::Contains("stopped by Ctrl-C before the first step"));
  CHECK_FALSE(std::filesystem::exists(training.run("run")));
}

TEST_CASE("more memory than there is is refused before it is taken") {
  const Training training;
  Process process = training.start_new(
      "run", {"--set", "batch=4096", "--set", "report_every=1000000", "--set", "accumulate=4096"});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(), Catch::Contains("GB of memory") && Catch::Contains("report_every 1000000"));
}

TEST_CASE("a dry run leaves a file that pins the plan as it is") {
  const Training training;
  if (!training.has_cpu()) return skip("this build has no CPU backend");
  const auto plan = training.scratch / "plan";
  Process process = training.start_new("run", {"--set", "device=cpu", "--plan", plan.string(), "--dry-run"});
  INFO(process.output());
  CHECK(process.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(plan));
}

TEST_CASE("an error that follows from a config file names it") {
  const Training training;
  const auto is_named = [&](const char* config, const char* what, const char* device = "reference") {
    const auto file = training.scratch.write("x.json", config);
    Process process = training.start_new(
        "run", {"--config", file.string(), "--set", std::string("device=") + device, "--dry-run"});
    CHECK(process.wait() == 1);
    CHECK_THAT(process.output(), Catch::Contains(what) && Catch::Contains("x.json"));
  };
  is_named(R"({"milestones": [1000, "x"]})", "milestones");
  is_named(R"({"mean": [1, 2]})", "`mean`");
  is_named(R"({"freeze": ["conv9"]})", "conv9");
  is_named(R"({"group_regex": "("})", "group regex");
  if (training.has_cpu()) is_named(R"({"isa": "sse9"})", "sse9", "cpu");
  is_named(R"({"gamma": 1e999})", "1e999");
}

TEST_CASE("a signal before another step of a run is not before its first") {
  const Training training;
  REQUIRE(training.start_new("run").wait() == 0);
  for (int i = 0; i < 3000; ++i) {
    std::filesystem::create_hard_link(
        training.scratch / "videos/dark/v0.mp4",
        training.scratch / "videos/dark" / ("link" + std::to_string(i) + ".mp4"));
  }
  Process process = training.start("run", {"--resume"});
  training.wait_until(process, [&] { return process.output().find("reading videos") != std::string::npos; });
  process.send(SIGINT);
  CHECK(process.wait() == 128 + SIGINT);
  CHECK_THAT(process.output(), Catch::Contains("stopped by Ctrl-C before another step"));
}

TEST_CASE("a name that no file can have is one error") {
  const Training training;
  Process process = training.start("run", {"--data", std::string(300, 'x')});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(), Catch::Contains("check the path"));
}
