#include "engine/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.h"
#include "kernels/reference/reference_backend.h"

using namespace c3d;

namespace {

// Three parameters of 3 elements: plain, without decay at twice the rate, and frozen.
struct ThreeParameters {
  ThreeParameters() {
    ids = {store.declare({.name = "a", .shape = {3}}),
           store.declare({.name = "b", .shape = {3}, .learning_rate_scale = 2, .weight_decay_scale = 0}),
           store.declare({.name = "c", .shape = {3}, .trainable = false})};
    store.allocate(*backend, true);
    for (const ParameterId id : ids) {
      for (int i = 0; i < 3; ++i) {
        store.master(id).as<float>()[i] = static_cast<float>(i + 1);
        store.gradient(id).as<float>()[i] = id.index == 2 ? 0 : 0.5f * static_cast<float>(i - 1);
      }
    }
  }
  float value(int parameter, int element) const {
    return store.master(ids[static_cast<std::size_t>(parameter)]).as<float>()[element];
  }
  void step(Optimizer& optimizer, float rate, std::int64_t number = 0) {
    backend->begin_step({.step = static_cast<std::uint64_t>(number), .learning_rate = rate});
    optimizer.step(store.all_gradients(), number);
  }
  std::unique_ptr<Backend> backend = make_reference_backend();
  ParameterStore store;
  std::vector<ParameterId> ids;
};

}  // namespace

TEST_CASE("sgd follows the closed form of both conventions") {
  for (const OptimizerRule rule : {OptimizerRule::sgd, OptimizerRule::caffe}) {
    ThreeParameters parameters;
    Optimizer sgd(*parameters.backend, parameters.store,
                  {.rule = rule, .momentum = 0.9f, .weight_decay = 0.1f, .clip_norm = 0});
    double w = 3, v = 0, w_b = 3, v_b = 0;
    const double g = 0.5;
    for (const double rate : {0.1, 0.02, 0.3}) {  // the forms differ when the rate changes
      parameters.step(sgd, static_cast<float>(rate));
      if (rule == OptimizerRule::sgd) {
        v = 0.9 * v + g + 0.1 * w;
        w -= rate * v;
        v_b = 0.9 * v_b + g;
        w_b -= 2 * rate * v_b;
      } else {
        v = 0.9 * v + rate * (g + 0.1 * w);
        w -= v;
        v_b = 0.9 * v_b + 2 * rate * g;
        w_b -= v_b;
      }
    }
    CHECK(parameters.value(0, 2) == Approx(w).epsilon(1e-5));
    CHECK(parameters.value(1, 2) == Approx(w_b).epsilon(1e-5));
    CHECK(parameters.value(2, 2) == 3);
  }
}

TEST_CASE("sgd clips the norm of the gradient before weight decay") {
  ThreeParameters parameters;
  Optimizer sgd(*parameters.backend, parameters.store,
                {.momentum = 0, .weight_decay = 0.1f, .clip_norm = 0.25f});
  parameters.step(sgd, 1.0f);
  const double norm = 1.0;  // four elements of +-0.5
  CHECK(std::sqrt(*sgd.gradient_norm_squared().as<float>()) == Approx(norm));
  CHECK(parameters.value(0, 2) == Approx(3 - (0.25 * 0.5 + 0.1 * 3)));
}

TEST_CASE("adamw takes steps of the rate whatever the gradients are") {
  ThreeParameters parameters;
  Optimizer adamw(*parameters.backend, parameters.store,
                  {.rule = OptimizerRule::adamw, .weight_decay = 0.5f});
  parameters.step(adamw, 0.1f);  // bias corrections: the first step is the gradient's sign
  CHECK(parameters.value(0, 0) == Approx(1 + 0.1 - 0.1 * 0.5 * 1));
  CHECK(parameters.value(0, 1) == Approx(2 - 0.1 * 0.5 * 2));
  CHECK(parameters.value(0, 2) == Approx(3 - 0.1 - 0.1 * 0.5 * 3));
  CHECK(parameters.value(1, 2) == Approx(3 - 0.2));  // twice the rate, no decay
  CHECK(parameters.value(2, 2) == 3);
}

TEST_CASE("a parameter that does not train yet stays as it is in every array") {
  for (const OptimizerRule rule : {OptimizerRule::nesterov, OptimizerRule::adamw}) {
    ThreeParameters parameters;
    ParameterStore& store = parameters.store;
    store.spec(parameters.ids[1]).trains_from = 2;
    Optimizer optimizer(*parameters.backend, store, {.rule = rule, .weight_decay = 0.1f, .clip_norm = 9});
    const std::vector<float> gradients(store.all_gradients().as<float>(),
                                       store.all_gradients().as<float>() + store.element_count());
    const Buffer memory = parameters.backend->allocate(store.all_values().bytes(), MemoryKind::device);
    const Tensor average = memory.tensor(store.all_values().shape(), DType::f32);
    parameters.backend->copy(store.all_values(), average);
    const auto step = [&](std::int64_t number) {
      std::copy(gradients.begin(), gradients.end(), store.all_gradients().as<float>());
      parameters.backend->begin_step(
          {.step = static_cast<std::uint64_t>(number), .learning_rate = 0.1f, .average_decay = 0.5f});
      optimizer.step(store.all_gradients(), number, average);
    };
    const std::int64_t at = store.first_element(parameters.ids[1]);
    step(0);
    step(1);
    for (const StateArray& array : optimizer.state_arrays()) {
      INFO(array.name);
      CHECK(array.values.as<float>()[at] == 0);
      CHECK(array.values.as<float>()[0] != 0);
    }
    CHECK(parameters.value(1, 0) == 1);
    CHECK(average.as<float>()[at] == 1);
    CHECK(average.as<float>()[0] != 1);
    CHECK(*optimizer.gradient_norm_squared().as<float>() == Approx(0.5));  // two elements of +-0.5

    step(2);
    CHECK(*optimizer.gradient_norm_squared().as<float>() == Approx(1));
    // As if it were the run's first step.
    const double moved = rule == OptimizerRule::adamw ? 0.2 : 0.2 * 0.5 * 1.9;
    CHECK(parameters.value(1, 0) == Approx(1 + moved));
    CHECK(average.as<float>()[at] == Approx(1 + moved / 2));
  }
}

TEST_CASE("an optimizer takes neighbours with equal scales in one range and leaves frozen ones out") {
  ParameterStore store;
  const auto backend = make_reference_backend();
  store.declare({.name = "a", .shape = {3}});
  store.declare({.name = "b", .shape = {70}});
  store.declare({.name = "c", .shape = {2}, .trainable = false});
  store.declare({.name = "d", .shape = {5}});
  store.declare({.name = "e", .shape = {5}, .learning_rate_scale = 10});
  store.allocate(*backend, true);
  store.spec({0}).trains_from = 7;
  const Optimizer sgd(*backend, store, {});
  REQUIRE(sgd.ranges(6).size() == 3);
  CHECK(sgd.ranges(6)[0].first == store.first_element({1}));
  CHECK(sgd.ranges(6)[0].last == store.first_element({1}) + 70);
  CHECK(sgd.ranges(6)[1].first == store.first_element({3}));
  CHECK(sgd.ranges(6)[2].learning_rate_scale == 10);
  REQUIRE(sgd.ranges(7).size() == 4);  // what began at another step moves apart
  CHECK(sgd.ranges(7)[0].first == 0);
  CHECK(sgd.ranges(7)[0].last == 3);
  CHECK(sgd.ranges(7)[0].first_step == 7);
  store.spec({0}).trains_from = 0;
  REQUIRE(sgd.ranges(7).size() == 3);
  CHECK(sgd.ranges(7)[0].last == store.first_element({1}) + 70);
}

TEST_CASE("an optimizer refuses settings that mean nothing") {
  ThreeParameters parameters;
  CHECK_THROWS_AS(Optimizer(*parameters.backend, parameters.store, {.momentum = 1}), Error);
  CHECK_THROWS_AS(Optimizer(*parameters.backend, parameters.store, {.weight_decay = -1}), Error);
  CHECK_THROWS_AS(Optimizer(*parameters.backend, parameters.store, {.beta2 = 1}), Error);
  CHECK_THROWS_AS(Optimizer(*parameters.backend, parameters.store, {.epsilon = 0}), Error);
  CHECK_THROWS_WITH(parse_optimizer_rule("adam"), Catch::Contains("none of sgd, nesterov, caffe, adamw"));
  CHECK(parse_optimizer_rule("adamw") == OptimizerRule::adamw);
  for (const ParameterId id : parameters.ids) parameters.store.spec(id).trainable = false;
  CHECK_THROWS_AS(Optimizer(*parameters.backend, parameters.store, {}), Error);
}
