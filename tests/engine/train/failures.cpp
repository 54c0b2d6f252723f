// What the trainer says and keeps when numbers go wrong.
#include <cmath>
#include <limits>

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

}  // namespace

TEST_CASE("a_parameter_that_is_not_finite_stops_the_run_with_its_layer") {
  Attempt attempt(small_config(4));
  attempt.poison(attempt.network.weight, std::numeric_limits<float>::quiet_NaN());
  const std::string message = attempt.message();
  CHECK_THAT(message, Catch::Contains("step 1"));
  CHECK_THAT(message, Catch::Contains("is a parameter, seen in the forward pass of head (linear)"));
  CHECK_THAT(message, Catch::Contains("learning_rate"));
  CHECK(attempt.saved == 0);
}

TEST_CASE("an_overflow_stops_the_run_with_the_layer_that_made_it") {
  Attempt attempt(small_config(4));
  for (std::int64_t i = 0; i < 8 * 27 * 8; ++i) {
    if (i % 8 < 3) attempt.network.store.master(attempt.network.filter).as<float>()[i] = 3e38f;
  }
  attempt.network.store.values_changed(*attempt.backend);
  CHECK_THAT(attempt.message(), Catch::Contains("was made in the forward pass of conv"));
  CHECK(attempt.saved == 0);
}

TEST_CASE("a_loss_that_explodes_stops_the_run_with_the_largest_value") {
  Attempt attempt(small_config(4));
  attempt.poison(attempt.network.weight, 1e6f);
  const std::string message = attempt.message();
  CHECK_THAT(message, Catch::Contains("the loss has grown to"));
  CHECK_THAT(message, Catch::Contains("the largest"));
  CHECK_THAT(message, Catch::Contains("head"));
}

TEST_CASE("a_gradient_that_overflows_stops_the_run_before_the_update") {
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

TEST_CASE("parameters_that_an_update_broke_are_not_saved") {
  TrainConfig config = small_config(3);
  config.schedule = {.kind = ScheduleKind::constant, .rate = 1e38, .total_steps = 1};
  config.sgd.weight_decay = 1000;
  Attempt attempt(config);
  CHECK_THAT(attempt.message(), Catch::Contains("the parameters are not finite"));
  CHECK(attempt.saved == 0);
}

TEST_CASE("settings_that_cannot_train_are_refused") {
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
