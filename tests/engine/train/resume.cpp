// A run that was killed goes on from its last snapshot to the same bytes, whatever its optimizer keeps.
#include <filesystem>

#include "catch.h"
#include "tests/engine/train/small_run.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

// The bytes of all that a run learnt.
std::vector<std::vector<float>> learnt(const Run& run) {
  std::vector<std::vector<float>> arrays{run.values()};
  for (const StateArray& array : run.trainer.state_arrays()) arrays.push_back(run.network.read(array.values));
  return arrays;
}

void check_resume(const TrainConfig& config, const std::function<void(Run&)>& prepare) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "state.safetensors";
  ColourSource train(40, 6), validation(9, 6);
  Run whole(config);
  prepare(whole);
  whole.trainer.run(train, &validation, {});

  for (const int kill_after : {6, 12, 17}) {  // steps; the last snapshot is older
    Run first(config);
    prepare(first);
    CHECK_THROWS_WITH(run_until_killed(first, train, validation, path, kill_after), "killed");

    Run second(config);
    prepare(second);
    const Checkpoint checkpoint = read_checkpoint(path);
    CHECK(checkpoint.state.step == kill_after / 5 * 5);
    restore_checkpoint(checkpoint, *second.backend, second.network.store, second.trainer.state_arrays());
    second.trainer.restore(checkpoint.state);
    second.trainer.run(train, &validation, {});
    CHECK(learnt(second) == learnt(whole));
    CHECK(second.trainer.state().best_step == whole.trainer.state().best_step);
    CHECK(second.log.evaluations.back().clip_loss == whole.log.evaluations.back().clip_loss);
  }
}

TrainConfig often_saved() {
  TrainConfig config = small_config(23);
  config.report_every = 3;
  config.snapshot_every = 5;
  config.validate_every = 10;
  config.accumulate = 2;
  return config;
}

}  // namespace

TEST_CASE("an interrupted run continues to the same bytes") {
  check_resume(often_saved(), [](Run&) {});
}

TEST_CASE("an interrupted run with adamw an average and late layers continues to the same bytes") {
  TrainConfig config = often_saved();
  config.optimizer.rule = OptimizerRule::adamw;
  config.average = {.decay = 0.9, .warms_up = true};
  config.loss = {.focal_gamma = 1, .class_weights = {1, 2, 0.5f}};
  check_resume(config, [](Run& run) {
    run.network.store.spec(run.network.filter).trains_from = 7;
    run.network.store.spec(run.network.filter_bias).trains_from = 7;
  });
}

TEST_CASE("an interrupted run with nesterov and an average continues to the same bytes") {
  TrainConfig config = often_saved();
  config.optimizer.rule = OptimizerRule::nesterov;
  config.average.decay = 0.8;
  check_resume(config, [](Run&) {});
}
