#include "engine/optim/sgd.h"

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
  void step(Sgd& sgd, float rate) {
    backend->begin_step({.learning_rate = rate});
    sgd.step(store.all_gradients());
  }
  std::unique_ptr<Backend> backend = make_reference_backend();
  ParameterStore store;
  std::vector<ParameterId> ids;
};

}  // namespace

TEST_CASE("sgd follows the closed form of both conventions") {
  for (const SgdForm form : {SgdForm::pytorch, SgdForm::caffe}) {
    ThreeParameters parameters;
    Sgd sgd(*parameters.backend, parameters.store,
            {.form = form, .momentum = 0.9f, .weight_decay = 0.1f, .clip_norm = 0});
    double w = 3, v = 0, w_b = 3, v_b = 0;
    const double g = 0.5;
    for (const double rate : {0.1, 0.02, 0.3}) {  // the forms differ when the rate changes
      parameters.step(sgd, static_cast<float>(rate));
      if (form == SgdForm::pytorch) {
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
  Sgd sgd(*parameters.backend, parameters.store, {.momentum = 0, .weight_decay = 0.1f, .clip_norm = 0.25f});
  parameters.step(sgd, 1.0f);
  const double norm = 1.0;  // four elements of +-0.5
  CHECK(std::sqrt(*sgd.gradient_norm_squared().as<float>()) == Approx(norm));
  CHECK(parameters.value(0, 2) == Approx(3 - (0.25 * 0.5 + 0.1 * 3)));
}

TEST_CASE("sgd takes neighbours with equal scales in one range and leaves frozen ones out") {
  ParameterStore store;
  const auto backend = make_reference_backend();
  store.declare({.name = "a", .shape = {3}});
  store.declare({.name = "b", .shape = {70}});
  store.declare({.name = "c", .shape = {2}, .trainable = false});
  store.declare({.name = "d", .shape = {5}});
  store.declare({.name = "e", .shape = {5}, .learning_rate_scale = 10});
  store.allocate(*backend, true);
  const Sgd sgd(*backend, store, {});
  REQUIRE(sgd.ranges().size() == 3);
  CHECK(sgd.ranges()[0].first == 0);
  CHECK(sgd.ranges()[0].last == store.first_element({1}) + 70);
  CHECK(sgd.ranges()[1].first == store.first_element({3}));
  CHECK(sgd.ranges()[2].learning_rate_scale == 10);
}

TEST_CASE("sgd refuses settings that mean nothing") {
  ThreeParameters parameters;
  CHECK_THROWS_AS(Sgd(*parameters.backend, parameters.store, {.momentum = 1}), Error);
  CHECK_THROWS_AS(Sgd(*parameters.backend, parameters.store, {.weight_decay = -1}), Error);
  for (const ParameterId id : parameters.ids) parameters.store.spec(id).trainable = false;
  CHECK_THROWS_AS(Sgd(*parameters.backend, parameters.store, {}), Error);
}
