#include "engine/train/trainer.h"

#include <filesystem>

#include "catch.h"
#include "tests/engine/train/small_run.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

struct Log : MetricSink {
  void on_step(const StepReport& report) override { steps.push_back(report); }
  void on_evaluation(const EvaluationReport& report) override { evaluations.push_back(report); }
  std::vector<StepReport> steps;
  std::vector<EvaluationReport> evaluations;
};

struct Run {
  explicit Run(const TrainConfig& config, float dropout = 0.5f)
      : network(*backend, dropout), trainer(*backend, network.store, network.network(), config) {
    trainer.add_sink(log);
  }
  std::vector<float> values() const { return network.read(network.store.all_values()); }

  std::unique_ptr<Backend> backend = make_reference_backend();
  SmallNetwork network;
  Trainer trainer;
  Log log;
};

}  // namespace

TEST_CASE("training learns what can be learnt") {
  TrainConfig config = small_config(60);
  config.validate_every = 25;
  Run run(config);
  ColourSource train(20, 6), validation(18, 5, 2);
  std::vector<bool> best;
  TrainHooks hooks;
  hooks.evaluated = [&](const EvaluationReport&, bool is_best) { best.push_back(is_best); };
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::finished);
  REQUIRE(run.log.steps.size() == 60);
  CHECK(run.log.steps.front().loss > 0.8);
  CHECK(run.log.steps.back().loss < 0.3);
  CHECK(run.log.steps.back().epoch == 14);
  CHECK(run.log.steps.back().gradient_norm > 0);
  REQUIRE(run.log.evaluations.size() == 3);  // after 25, 50 and 60 steps
  CHECK(run.log.evaluations.back().step == 60);
  CHECK(run.log.evaluations.back().videos == 9);
  CHECK(run.log.evaluations.back().clips == 18);
  CHECK(run.log.evaluations.back().top1 == 1);
  CHECK(best.front());
  CHECK(run.trainer.state().best_top1 == 1);
}

TEST_CASE("an interrupted run continues to the same bytes") {
  TrainConfig config = small_config(23);
  config.report_every = 3;
  config.snapshot_every = 5;
  config.validate_every = 10;
  config.accumulate = 2;
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "state.safetensors";
  ColourSource train(40, 6), validation(9, 6);
  Run whole(config);
  whole.trainer.run(train, &validation, {});

  for (const int kill_after : {6, 12, 17}) {  // steps; the last snapshot is older
    Run first(config);
    TrainHooks hooks;
    hooks.save = [&] {
      save_checkpoint(path, *first.backend, first.network.store, first.trainer.velocity(),
                      first.trainer.state(), {});
    };
    hooks.stop_requested = [&]() -> bool {
      if (first.trainer.state().step == kill_after) throw std::runtime_error("killed");
      return false;
    };
    CHECK_THROWS_WITH(first.trainer.run(train, &validation, hooks), "killed");

    Run second(config);
    const Checkpoint checkpoint = read_checkpoint(path);
    CHECK(checkpoint.state.step == kill_after / 5 * 5);
    restore_checkpoint(checkpoint, *second.backend, second.network.store, second.trainer.velocity());
    second.trainer.restore(checkpoint.state);
    second.trainer.run(train, &validation, {});
    CHECK(second.values() == whole.values());
    CHECK(second.network.read(second.trainer.velocity()) == whole.network.read(whole.trainer.velocity()));
    CHECK(second.trainer.state().best_step == whole.trainer.state().best_step);
  }
}

TEST_CASE("a stop saves and the evaluation it left out comes first on resume") {
  TrainConfig config = small_config(8);
  config.validate_every = 4;
  ColourSource train(12, 6), validation(9, 6);
  Run run(config);
  int saved = 0;
  TrainHooks hooks;
  hooks.save = [&] { ++saved; };
  hooks.stop_requested = [&] { return run.trainer.state().step == 4; };
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::stopped);
  CHECK(saved == 1);
  CHECK(run.log.evaluations.empty());
  hooks.stop_requested = nullptr;
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::finished);
  CHECK(run.log.evaluations.size() == 2);
  CHECK(saved == 2);
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::finished);  // nothing is left to do
  CHECK(run.log.evaluations.size() == 2);
  CHECK(saved == 2);
}

TEST_CASE("three parts of two clips learn what one of six does") {
  TrainConfig config = small_config(9);
  Run whole(config);
  ColourSource sixes(16, 6);  // the last step of an epoch has 4 clips
  whole.trainer.run(sixes, nullptr, {});
  config.input.batch = 2;
  config.accumulate = 3;
  Run parts(config);
  ColourSource twos(16, 2);
  parts.trainer.run(twos, nullptr, {});
  const std::vector<float> expected = whole.values(), found = parts.values();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(expected[i] - found[i]), 2);
    norm += std::pow(static_cast<double>(expected[i]), 2);
  }
  CHECK(std::sqrt(difference / norm) < 1e-5);
  CHECK(whole.log.steps.back().loss == Approx(parts.log.steps.back().loss).epsilon(1e-4));
  CHECK(whole.log.steps[4].gradient_norm == Approx(parts.log.steps[4].gradient_norm).epsilon(1e-4));
}

TEST_CASE("gradients of other processes are added once a step, before their norm is measured") {
  // Another process has the same gradients: as if the rate were twice as high.
  struct Twin : GradientSum {
    explicit Twin(int& its_calls) : calls(its_calls) {}
    void add_others(Backend& backend, Tensor gradients) override {
      ++calls;
      const Buffer memory = backend.allocate(gradients.bytes(), MemoryKind::device);
      const Tensor others = memory.tensor(gradients.shape(), DType::f32);
      backend.copy(gradients, others);
      backend.accumulate(others, gradients);
    }
    int& calls;
  };
  TrainConfig config = small_config(4);
  config.input.batch = 2;
  config.accumulate = 3;
  config.sgd = {.momentum = 0.5f};
  ColourSource clips(12, 2);
  int calls = 0;
  const auto backend = make_reference_backend();
  SmallNetwork network(*backend);
  Trainer trainer(*backend, network.store, network.network(), config, std::make_unique<Twin>(calls));
  Log log;
  trainer.add_sink(log);
  trainer.run(clips, nullptr, {});
  CHECK(calls == 4);

  config.schedule.rate *= 2;
  Run alone(config);
  alone.trainer.run(clips, nullptr, {});
  CHECK(network.read(network.store.all_values()) == alone.values());
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(log.steps[i].gradient_norm == 2 * alone.log.steps[i].gradient_norm);
  }
}

TEST_CASE("a report means all clips since the last one") {
  TrainConfig config = small_config(6);
  Run each(config);
  config.report_every = 3;
  Run third(config);
  ColourSource source(16, 6);
  each.trainer.run(source, nullptr, {});
  third.trainer.run(source, nullptr, {});
  REQUIRE(third.log.steps.size() == 2);
  const auto& steps = each.log.steps;
  // Steps of 6, 6 and 4 clips.
  CHECK(third.log.steps[0].loss == Approx((6 * steps[0].loss + 6 * steps[1].loss + 4 * steps[2].loss) / 16));
  CHECK(third.log.steps[0].step == 3);
  CHECK(each.values() == third.values());
}

TEST_CASE("an evaluation leaves the network as it is") {
  Run run(small_config(5));
  ColourSource train(12, 6), validation(9, 4);
  const std::vector<float> before = run.values();
  const EvaluationReport first = run.trainer.evaluate(validation, "test");
  const EvaluationReport second = run.trainer.evaluate(validation, "test");
  CHECK(first.clip_loss == second.clip_loss);
  CHECK(run.trainer.measure_micro_batch(train) >= 0);
  CHECK(run.values() == before);
  CHECK(run.trainer.memory().total() > run.trainer.memory().arena);
}
