// Event files and the table of metrics as c3d_train leaves them, against metrics.jsonl.
#include "c3d/report.h"
#include "c3d/training/tensorboard_log.h"
#include "catch.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

namespace {

// Each step of metrics.jsonl once, with its loss; its evaluations, too.
void expect_events_of(const std::filesystem::path& run, const std::filesystem::path& folder) {
  const MetricHistory history = read_metrics(run / "metrics.jsonl");
  REQUIRE(history.steps.size() == 9);
  REQUIRE(history.evaluations.size() == 2);
  const ShownEvents shown = read_events(folder);
  CHECK_FALSE(first_difference(shown, history).has_value());
  CHECK(shown.scalars.at("train/learning_rate").size() == 9);
  CHECK(shown.scalars.at("validation/top1").size() == 2);
  CHECK(shown.other_tags.contains("settings"));
  CHECK(shown.other_tags.contains("_hparams_/session_end_info"));
}

std::ptrdiff_t count_of(const std::string& what, const std::string& text) {
  std::ptrdiff_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a run writes event files only where it is told to") {
  const Training training;
  Process plain = training.start_new("plain"), told = training.start_new("told", {"--tensorboard"});
  REQUIRE(plain.wait() == 0);
  REQUIRE(told.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(training.run("plain") / "tensorboard"));
  const auto folder = training.run("told") / "tensorboard";
  CHECK(event_files(folder).size() == 1);
  expect_events_of(training.run("told"), folder);
  CHECK_THAT(told.output(), Catch::Contains("tensorboard --logdir " + folder.string()));
  const bool has_pictures = read_events(folder).other_tags.contains("validation/confusion_matrix") &&
                            read_events(folder).other_tags.contains("train/clips");
  CHECK(has_pictures == can_draw_pictures());
  // Looking at the clips first changes nothing of what is learnt.
  CHECK(read_text(training.run("told") / "last.safetensors") ==
        read_text(training.run("plain") / "last.safetensors"));
}

TEST_CASE("a run that is killed and resumed has each step once, without being told again") {
  const Training training;
  const auto folder = training.scratch / "logs/a";
  Process killed = training.start_new("run", {"--tensorboard", folder.string()});
  training.kill_at(killed, "run", 4);
  REQUIRE(training.start("run", {"--resume"}).wait() == 0);
  expect_events_of(training.run("run"), folder);
  const std::size_t files = event_files(folder).size();
  REQUIRE(training.start("run", {"--resume"}).wait() == 0);  // it is over
  CHECK(event_files(folder).size() == files);
}

TEST_CASE("event files that are asked for in mid-run have the steps before") {
  const Training training;
  Process killed = training.start_new("run");
  training.kill_at(killed, "run", 5);
  REQUIRE(training.start("run", {"--resume", "--tensorboard"}).wait() == 0);
  expect_events_of(training.run("run"), training.run("run") / "tensorboard");
}

TEST_CASE("a folder for event files that cannot be made is one note and ends no run") {
  const Training training;
  const auto file = training.scratch.write("file");
  Process process = training.start_new("run", {"--tensorboard", (file / "logs").string()});
  const int status = process.wait();
  const std::string output = process.output();
  INFO(output);
  CHECK(status == 0);
  CHECK(count_of("note: TensorBoard's event files", output) == 1);
  CHECK_THAT(output, Catch::Contains((file / "logs").string()));
}

TEST_CASE("a new run does not mix its events with those of another") {
  const Training training;
  const auto folder = training.scratch / "logs";
  training.scratch.write("logs/events.out.tfevents.1.host");
  Process process = training.start_new("run", {"--tensorboard", folder.string()});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(), Catch::Contains(folder.string()) && Catch::Contains("choose another folder"));
  CHECK_FALSE(std::filesystem::exists(training.run("run") / "config.json"));
}

TEST_CASE("each fold writes event files of its own") {
  const Training training;
  const std::vector<std::string> folds = {"--folds", "2", "--set", "steps=2", "--set", "validate_every=0"};
  std::vector<std::string> named = folds;
  named.insert(named.end(), {"--tensorboard", (training.scratch / "logs").string()});
  REQUIRE(training.start_new("named", named).wait() == 0);
  for (const char* fold : {"fold-1", "fold-2"}) {
    CHECK(read_events((training.scratch / "logs") / fold).scalars.at("train/loss").size() == 2);
  }
}

TEST_CASE("a table of metrics is made of any run's folder, and of nothing else") {
  const Training training;
  REQUIRE(training.start_new("run").wait() == 0);
  const auto table = training.scratch / "table.csv";
  Process process = training.start("run", {"--metrics-csv", table.string()});
  CHECK(process.wait() == 0);
  CHECK(process.output().empty());
  const std::string text = read_text(table);
  CHECK_THAT(text, Catch::StartsWith("step,epoch,loss,"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);

  Process nothing = training.start("nothing", {"--metrics-csv", table.string()});
  CHECK(nothing.wait() == 1);
  CHECK_THAT(nothing.output(), Catch::Contains("it holds no metrics.jsonl"));
  const auto metrics = training.run("run") / "metrics.jsonl";
  Process onto = training.start("run", {"--metrics-csv", metrics.string()});
  CHECK(onto.wait() == 2);
  CHECK_THAT(onto.output(), Catch::Contains("would overwrite"));
  CHECK(read_metrics(metrics).steps.size() == 9);
}
