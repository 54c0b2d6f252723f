// What the trainer says and keeps when numbers go wrong.
#include <cmath>
#include <functional>
#include <limits>
#include <new>

#include "catch.h"
#include "tests/engine/train/small_run.h"

using namespace c3d;

namespace {

struct Attempt {
  explicit Attempt(const TrainConfig& config)
      : network(*backend), trainer(*backend, network.store, network.network(), config) {
    hooks.save = [this] { ++saved; };
  }
  void poison(ParameterId id, float value) {
    network.store.master(id).as<float>()[3] = value;
    network.store.values_changed(*backend);
  }
  std::string message() {
    ColourSource source(12, 6);
    try {
      trainer.run(source, nullptr, hooks);
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }

  std::unique_ptr<Backend> backend = make_reference_backend();
  SmallNetwork network;
  Trainer trainer;
  TrainHooks hooks;
  int saved = 0;
};

struct Evaluations : MetricSink {
  void on_step(const StepReport&) override {}
  void on_evaluation(const EvaluationReport& report) override { losses.push_back(report.clip_loss); }
  std::vector<double> losses;
};

// Fails at its `fails_at`-th batch.
class FailingSource : public ColourSource {
 public:
  explicit FailingSource(int fails_at) : ColourSource(12, 6), left_(fails_at) {}
  const Batch* next() override {
    expect(--left_ > 0, "none of 4 videos could be read");
    return ColourSource::next();
  }

 private:
  int left_;
};

// Its clips could not be read: each row is padding.
class UnreadSource : public ColourSource {
 public:
  UnreadSource() : ColourSource(12, 6), labels_(6, -1) {}
  const Batch* next() override {
    const Batch* const batch = ColourSource::next();
    if (batch == nullptr) return nullptr;
    batch_ = *batch;
    batch_.labels_i32 = host_tensor<const std::int32_t>(labels_.data(), {6});
    return &batch_;
  }

 private:
  std::vector<std::int32_t> labels_;
  Batch batch_;
};

}  // namespace

TEST_CASE("an evaluation that is not finite is reported never best and stops the run") {
  TrainConfig config = small_config(8);
  config.validate_every = 2;
  Attempt attempt(config);
  Evaluations evaluations;
  attempt.trainer.add_sink(evaluations);
  int best = 0;
  attempt.hooks.evaluated = [&](const EvaluationReport&, bool is_best) { best += is_best ? 1 : 0; };
  attempt.hooks.stop_requested = [&] {
    if (attempt.trainer.state().step == 4)
      attempt.poison(attempt.network.weight, std::numeric_limits<float>::quiet_NaN());
    return false;
  };
  ColourSource train(12, 6), validation(9, 6);
  CHECK_THROWS_WITH(attempt.trainer.run(train, &validation, attempt.hooks),
                    Catch::Contains("after step 4") && Catch::Contains("validation videos is not finite") &&
                        Catch::Contains("learning_rate"));
  REQUIRE(evaluations.losses.size() == 2);
  CHECK(std::isnan(evaluations.losses.back()));
  CHECK(best == 1);
  CHECK(attempt.trainer.state().best_step == 2);
  CHECK(attempt.saved == 0);
}

TEST_CASE("clips that cannot be read end the run after a snapshot of what was learnt") {
  Attempt attempt(small_config(8));
  FailingSource train(4);
  CHECK_THROWS_WITH(attempt.trainer.run(train, nullptr, attempt.hooks), Catch::Contains("could be read"));
  CHECK(attempt.trainer.state().step == 3);
  CHECK(attempt.saved == 1);

  TrainConfig config = small_config(8);
  config.validate_every = 2;
  Attempt evaluating(config);
  ColourSource good(12, 6);
  FailingSource validation(1);
  CHECK_THROWS_WITH(evaluating.trainer.run(good, &validation, evaluating.hooks),
                    Catch::Contains("could be read"));
  CHECK(evaluating.saved == 1);

  Attempt never(small_config(8));
  FailingSource nothing(1);
  CHECK_THROWS_WITH(never.trainer.run(nothing, nullptr, never.hooks), Catch::Contains("could be read"));
  CHECK(never.saved == 0);
}

TEST_CASE("an evaluation of nothing that can be read costs no steps") {
  TrainConfig config = small_config(8);
  config.validate_every = 2;
  Attempt attempt(config);
  ColourSource train(12, 6);
  UnreadSource validation;
  CHECK_THROWS_WITH(attempt.trainer.run(train, &validation, attempt.hooks),
                    Catch::Contains("not one of its videos could be read"));
  CHECK(attempt.trainer.state().step == 2);
  CHECK(attempt.saved == 1);
}

TEST_CASE("steps are saved whatever kind of failure a source has") {
  struct : ColourSource {
    using ColourSource::ColourSource;
    const Batch* next() override {
      if (--left == 0) throw std::bad_alloc();
      return ColourSource::next();
    }
    int left = 4;
  } train(12, 6);
  Attempt attempt(small_config(8));
  CHECK_THROWS_AS(attempt.trainer.run(train, nullptr, attempt.hooks), std::bad_alloc);
  CHECK(attempt.saved == 1);
}

TEST_CASE("that saving fails too does not hide why the run ends") {
  Attempt attempt(small_config(8));
  attempt.hooks.save = [] { fail("the disk is full"); };
  FailingSource train(4);
  CHECK_THROWS_WITH(attempt.trainer.run(train, nullptr, attempt.hooks),
                    Catch::Contains("could be read") && Catch::Contains("not saved: the disk is full"));
}

TEST_CASE("a state that no run can have left is refused") {
  Attempt attempt(small_config(8));
  TrainState good;
  good.step = 4;
  good.best_step = 2;
  good.best_top1 = 0.5;
  good.evaluated_step = 4;
  CHECK_NOTHROW(attempt.trainer.restore(good));
  const auto refused = [&](const std::function<void(TrainState&)>& change) {
    TrainState state = good;
    change(state);
    CHECK_THROWS_WITH(attempt.trainer.restore(state), Catch::Contains("training state"));
  };
  refused([](TrainState& state) { state.step = 9; });
  refused([](TrainState& state) { state.step = -1; });
  refused([](TrainState& state) { state.best_step = 5; });
  refused([](TrainState& state) { state.evaluated_step = -2; });
  refused([](TrainState& state) { state.seconds = std::nan(""); });
  refused([](TrainState& state) { state.best_top1 = std::nan(""); });
  refused([](TrainState& state) { state.best_loss = std::nan(""); });
  refused([](TrainState& state) { state.best_clip_accuracy = 1.5; });
  refused([](TrainState& state) { state.evaluations_since_best = -1; });
}

TEST_CASE("a parameter that is not finite stops the run with its layer") {
  Attempt attempt(small_config(4));
  attempt.poison(attempt.network.weight, std::numeric_limits<float>::quiet_NaN());
  const std::string message = attempt.message();
  CHECK_THAT(message, Catch::Contains("step 1"));
  CHECK_THAT(message, Catch::Contains("is a parameter, seen in the forward pass of head (linear)"));
  CHECK_THAT(message, Catch::Contains("learning_rate"));
  CHECK(attempt.saved == 0);
}

TEST_CASE("an overflow stops the run with the layer that made it") {
  Attempt attempt(small_config(4));
  for (std::int64_t i = 0; i < 8 * 27 * 8; ++i) {
    if (i % 8 < 3) attempt.network.store.master(attempt.network.filter).as<float>()[i] = 3e38f;
  }
  attempt.network.store.values_changed(*attempt.backend);
  CHECK_THAT(attempt.message(), Catch::Contains("was made in the forward pass of conv"));
  CHECK(attempt.saved == 0);
}

TEST_CASE("a loss that explodes stops the run with the largest value") {
  Attempt attempt(small_config(4));
  attempt.poison(attempt.network.weight, 1e6f);
  const std::string message = attempt.message();
  CHECK_THAT(message, Catch::Contains("the loss has grown to"));
  CHECK_THAT(message, Catch::Contains("the largest"));
  CHECK_THAT(message, Catch::Contains("head"));
}

TEST_CASE("a gradient that overflows stops the run before the update") {
  Attempt attempt(small_config(4));
  // Large weights behind tiny activations: logits stay small, the gradient of the filters does not.
  for (std::int64_t i = 0; i < 8 * 27 * 8; ++i) {
    attempt.network.store.master(attempt.network.filter).as<float>()[i] *= 1e-25f;
  }
  for (std::int64_t i = 0; i < kClasses * 32; ++i) {
    attempt.network.store.master(attempt.network.weight).as<float>()[i] *= 1e25f;
  }
  attempt.network.store.values_changed(*attempt.backend);
  const std::vector<float> before = attempt.network.read(attempt.network.store.all_values());
  CHECK_THAT(attempt.message(), Catch::Contains("the gradient's norm is not finite"));
  CHECK(attempt.network.read(attempt.network.store.all_values()) == before);
}

TEST_CASE("parameters that an update broke are not saved") {
  TrainConfig config = small_config(3);
  config.schedule = {.kind = ScheduleKind::constant, .rate = 1e38, .total_steps = 1};
  config.optimizer.weight_decay = 1000;
  Attempt attempt(config);
  CHECK_THAT(attempt.message(), Catch::Contains("the parameters are not finite"));
  CHECK(attempt.saved == 0);
}

TEST_CASE("settings that cannot train are refused") {
  TrainConfig config = small_config(3);
  config.report_every = 0;
  CHECK_THROWS_AS(Attempt(config), Error);
  config = small_config(0);
  CHECK_THROWS_AS(Attempt(config), Error);
  config = small_config(3);
  config.accumulate = 0;
  CHECK_THROWS_AS(Attempt(config), Error);
  ColourSource other_size(12, 5);
  Attempt attempt(small_config(3));
  CHECK_THROWS_WITH(attempt.trainer.run(other_size, nullptr, {}), Catch::Contains("was recorded"));
}
