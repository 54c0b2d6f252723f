// What chooses a run's best evaluation, and the run that ends because none is better.
#include "engine/train/best_evaluation.h"

#include <filesystem>

#include "catch.h"
#include "tests/engine/train/small_run.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

EvaluationReport report_of(std::int64_t step, double top1, double clip_accuracy, double loss) {
  EvaluationReport report;
  report.step = step;
  report.top1 = top1;
  report.clip_accuracy = clip_accuracy;
  report.video_loss = loss;
  return report;
}

// The step that is the best after all.
std::int64_t best_of(const std::vector<EvaluationReport>& reports, BestBy by) {
  TrainState state;
  for (const EvaluationReport& report : reports) note_evaluation(state, report, by);
  return state.best_step;
}

// Learns nothing, so that no evaluation is better than the first, after step 5.
TrainConfig idle_config() {
  TrainConfig config = small_config(60);
  config.schedule.rate = 0;
  config.validate_every = 5;
  config.snapshot_every = 4;
  config.patience = 2;
  return config;
}

}  // namespace

TEST_CASE("the best evaluation is that of most hits of most hits of clips or of the least loss") {
  const std::vector<EvaluationReport> reports = {report_of(1, 0.8, 0.5, 0.9), report_of(2, 0.6, 0.7, 0.8),
                                                 report_of(3, 0.6, 0.6, 0.7)};
  CHECK(best_of(reports, BestBy::video_accuracy) == 1);
  CHECK(best_of(reports, BestBy::clip_accuracy) == 2);
  CHECK(best_of(reports, BestBy::loss) == 3);
}

TEST_CASE("of evaluations with equal hits that of the lesser loss is the best") {
  const std::vector<EvaluationReport> reports = {report_of(1, 0.5, 0.5, 0.9), report_of(2, 0.5, 0.5, 0.8),
                                                 report_of(3, 0.5, 0.5, 0.8)};
  for (const BestBy by : {BestBy::video_accuracy, BestBy::clip_accuracy, BestBy::loss}) {
    CHECK(best_of(reports, by) == 2);
  }
}

TEST_CASE("evaluations since the best are counted from it") {
  TrainState state;
  CHECK(note_evaluation(state, report_of(1, 0.5, 0.4, 0.9), BestBy::video_accuracy));
  CHECK_FALSE(note_evaluation(state, report_of(2, 0.4, 0.9, 0.1), BestBy::video_accuracy));
  CHECK_FALSE(note_evaluation(state, report_of(3, 0.5, 0.9, 0.9), BestBy::video_accuracy));
  CHECK(state.evaluations_since_best == 2);
  CHECK(state.evaluated_step == 3);
  CHECK(state.best_step == 1);
  CHECK(best_text(state, BestBy::video_accuracy) == "50.0 %");
  CHECK(best_text(state, BestBy::clip_accuracy) == "40.0 % of the clips");
  CHECK(best_text(state, BestBy::loss) == "a loss of 0.9");
  CHECK(note_evaluation(state, report_of(4, 0.6, 0, 9), BestBy::video_accuracy));
  CHECK(state.evaluations_since_best == 0);
}

TEST_CASE("a run out of patience ends with a snapshot and goes no further") {
  Run run(idle_config());
  ColourSource train(12, 6), validation(9, 6);
  std::int64_t saved_at = -1;
  TrainHooks hooks;
  hooks.save = [&] { saved_at = run.trainer.state().step; };
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::out_of_patience);
  CHECK(run.trainer.state().step == 15);
  CHECK(saved_at == 15);
  CHECK(run.log.evaluations.size() == 3);
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::out_of_patience);
  CHECK(run.trainer.state().step == 15);
  CHECK(run.log.evaluations.size() == 3);
}

TEST_CASE("a run whose patience ends with its last step is finished") {
  TrainConfig config = idle_config();
  config.schedule.total_steps = 15;
  Run run(config);
  ColourSource train(12, 6), validation(9, 6);
  CHECK(run.trainer.run(train, &validation, {}) == RunEnd::finished);
}

TEST_CASE("a run that was killed runs out of patience where it would have") {
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "state.safetensors";
  ColourSource train(12, 6), validation(9, 6);
  for (const int kill_after : {7, 11, 14}) {  // snapshots after no evaluation, one and two
    Run first(idle_config());
    CHECK_THROWS_WITH(run_until_killed(first, train, validation, path, kill_after), "killed");
    Run second(idle_config());
    const Checkpoint checkpoint = read_checkpoint(path);
    CHECK(checkpoint.state.evaluations_since_best == (kill_after == 14 ? 1 : 0));
    restore_checkpoint(checkpoint, *second.backend, second.network.store, second.trainer.state_arrays());
    second.trainer.restore(checkpoint.state);
    CHECK(second.trainer.run(train, &validation, {}) == RunEnd::out_of_patience);
    CHECK(second.trainer.state().step == 15);
    CHECK(second.trainer.state().best_step == 5);
  }
}
