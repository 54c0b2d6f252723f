// Event files against the metrics that they repeat: nothing twice, nothing lost, and no failure ends a run.
#include "c3d/training/tensorboard_log.h"

#include <unistd.h>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

StepReport step_report(std::int64_t step) {
  StepReport report;
  report.step = step;
  report.loss = 1.0 / static_cast<double>(step);
  report.seconds = static_cast<double>(10 * step);
  return report;
}

EvaluationReport evaluation_report(std::int64_t step) {
  EvaluationReport report;
  report.split = "validation";
  report.step = step;
  report.clip_loss = 2.0 / static_cast<double>(step);
  report.classes = {{4, 3}, {0, 0}};
  return report;
}

// Steps 1 to `last`, each second one evaluated.
MetricHistory history(std::int64_t last) {
  MetricHistory kept;
  for (std::int64_t step = 1; step <= last; ++step) {
    kept.steps.push_back(step_report(step));
    if (step % 2 == 0) kept.evaluations.push_back(evaluation_report(step));
  }
  return kept;
}

// A part of a run: goes on after what is kept, and makes the steps up to `last`.
class Part {
 public:
  Part(const std::filesystem::path& folder, const MetricHistory& kept, std::int64_t last)
      : log_(folder, {"walk", "run"}, [this](const std::string& line) { notes_.push_back(line); }) {
    log_.start(TrainSettings(), kept, kept.steps.empty() ? 0 : kept.steps.back().seconds, {});
    const std::int64_t next = kept.steps.empty() ? 1 : kept.steps.back().step + 1;
    for (std::int64_t step = next; step <= last; ++step) {
      log_.on_step(step_report(step));
      if (step % 2 == 0) log_.on_evaluation(evaluation_report(step));
    }
    log_.sync();
  }
  TensorBoardLog& log() { return log_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<std::string> notes_;
  TensorBoardLog log_;
};

void expect_steps(const std::filesystem::path& folder, std::int64_t last) {
  const ShownEvents shown = read_events(folder);
  CHECK_FALSE(first_difference(shown, history(last)).has_value());
  CHECK(std::ssize(shown.scalars.at("train/loss")) == last);
  CHECK(std::ssize(shown.scalars.at("validation/clip_loss")) == last / 2);
}

}  // namespace

TEST_CASE("every number of a report is a scalar, and those of classes bear their names") {
  std::vector<std::string> tags;
  for (const EventScalar& scalar : event_scalars(step_report(4))) tags.push_back(scalar.tag);
  CHECK(tags == std::vector<std::string>{"train/epoch", "train/loss", "train/accuracy", "train/gradient_norm",
                                         "train/learning_rate", "train/clips_per_second", "train/seconds"});
  std::map<std::string, double> values;
  for (const EventScalar& scalar : event_scalars(evaluation_report(4), {"walk", "run"})) {
    values[scalar.tag] = scalar.value;
  }
  CHECK(values.at("validation/clip_loss") == 0.5);
  CHECK(values.at("validation_class_accuracy/walk") == 0.75);
  CHECK_FALSE(values.contains("validation_class_accuracy/run"));  // no video shows it

  EvaluationReport sets = evaluation_report(4);
  sets.mean_average_precision = 0.25;
  sets.label_results = {{4, 0.5, 0.125, 0.75}, {0, -1, 0.5, 0}};
  values.clear();
  for (const EventScalar& scalar : event_scalars(sets, {"walk", "run"})) values[scalar.tag] = scalar.value;
  CHECK(values.at("validation/mean_average_precision") == 0.25);
  CHECK(values.at("validation_average_precision/walk") == 0.5);
  CHECK(values.at("validation_threshold/walk") == 0.125);
  CHECK(values.at("validation_f1/walk") == 0.75);
  CHECK_FALSE(values.contains("validation_average_precision/run"));
  CHECK_FALSE(values.contains("validation_class_accuracy/walk"));
}

TEST_CASE("hyperparameters are all settings, the changed ones first") {
  TrainSettings settings;
  settings.width = 0.25;
  settings.patience = 3;
  settings.data = "/videos";
  const std::vector<HyperParameter> all = hyperparameters(settings);
  CHECK(all[0].name == "data");
  CHECK(all[1].name == "width");
  CHECK(all[2].name == "patience");
  CHECK(std::get<double>(all[1].value) == 0.25);
  CHECK(all[2].differs);
  CHECK_FALSE(all[3].differs);
  CHECK(std::ranges::count(all, "bias_decay", &HyperParameter::name) == 1);
}

TEST_CASE("a folder of events is the run's own, or the one that is named, with one for each fold") {
  const RunFolder folder("/runs/a");
  TrainSettings settings;
  CHECK(event_folder(settings, folder).empty());
  settings.tensorboard = "run";
  CHECK(event_folder(settings, folder) == "/runs/a/tensorboard");
  settings.tensorboard = "/logs/a";
  CHECK(event_folder(settings, folder) == "/logs/a");
  settings.fold = "2/5";
  CHECK(event_folder(settings, folder) == "/logs/a/fold-2");
  settings.tensorboard = "run";
  CHECK(event_folder(settings, RunFolder("/runs/a/fold-2")) == "/runs/a/fold-2/tensorboard");
}

TEST_CASE("a run that goes on adds a file and has each step once") {
  const ScratchFolder folder;
  Part(folder.path(), {}, 5);
  Part(folder.path(), history(5), 8);
  expect_steps(folder.path(), 8);
  CHECK(event_files(folder.path()).size() == 2);
}

TEST_CASE("what a killed run said after its last snapshot is taken back") {
  const ScratchFolder folder;
  Part(folder.path(), {}, 7);
  Part(folder.path(), history(4), 5);
  expect_steps(folder.path(), 5);
}

TEST_CASE("an evaluation after the last snapshot's step is taken back without that step") {
  const ScratchFolder folder;
  Part(folder.path(), {}, 4);
  MetricHistory kept = history(4);
  kept.evaluations.pop_back();
  Part second(folder.path(), kept, 4);
  CHECK_FALSE(first_difference(read_events(folder.path()), kept).has_value());
  second.log().on_evaluation(evaluation_report(4));
  expect_steps(folder.path(), 4);
}

TEST_CASE("a run that starts again at its first step takes all back") {
  const ScratchFolder folder;
  Part(folder.path(), {}, 3);
  Part(folder.path(), {}, 2);
  expect_steps(folder.path(), 2);
}

TEST_CASE("what the event files lost, or never had, is added from the metrics") {
  const ScratchFolder folder;
  Part(folder.path(), {}, 6);
  const auto file = event_files(folder.path()).front();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 700);
  CHECK(first_difference(read_events(folder.path()), history(6)).has_value());
  Part(folder.path(), history(6), 7);
  expect_steps(folder.path(), 7);

  Part(folder / "later", history(6), 7);
  expect_steps(folder / "later", 7);
}

TEST_CASE("the settings are told once, and a run that is over adds nothing") {
  const ScratchFolder folder;
  Part(folder.path(), {}, 4).log().finish();
  CHECK(read_events(folder.path()).other_tags ==
        std::set<std::string>{"_hparams_/experiment", "_hparams_/session_end_info",
                              "_hparams_/session_start_info", "settings"});
  Part(folder.path(), history(4), 4).log().finish();
  CHECK(event_files(folder.path()).size() == 1);
}

TEST_CASE("a folder that cannot be written is one note, and no function throws") {
  const ScratchFolder folder;
  const auto file = folder.write("file");
  Part part(file / "events", {}, 4);
  part.log().add_confusion(4, "no PNG");
  part.log().finish();
  REQUIRE(part.notes().size() == 1);
  CHECK_THAT(part.notes()[0], Catch::StartsWith("note: ") && Catch::Contains((file / "events").string()));
}

TEST_CASE("a picture that cannot be drawn is one note, and the numbers go on") {
  const ScratchFolder folder;
  std::vector<std::string> notes;
  TensorBoardLog log(folder.path(), {}, [&](const std::string& line) { notes.push_back(line); });
  log.start(TrainSettings(), {}, 0, []() -> std::string { fail("a video cannot be read"); });
  log.on_step(step_report(1));
  log.add_confusion(1, "no PNG");
  REQUIRE(notes.size() == 2);  // the first says how to look at the run
  CHECK_THAT(notes[0], Catch::Contains("tensorboard --logdir " + folder.path().string()));
  CHECK_THAT(notes[1], Catch::Contains("a video cannot be read"));
  CHECK(read_events(folder.path()).scalars.at("train/loss").size() == 1);
}
