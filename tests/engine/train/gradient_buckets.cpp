#include "engine/train/gradient_buckets.h"

#include <array>

#include "catch.h"
#include "engine/ops/linear.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {
namespace {

// Three layers with about a fiftieth, a third and two thirds of the parameters.
struct ThreeLayers {
  explicit ThreeLayers(bool first_is_trainable) : backend(make_reference_backend()) {
    constexpr std::array<std::int64_t, 4> kWidths{4, 16, 64, 32};
    for (std::size_t layer = 0; layer < 3; ++layer) {
      const bool trainable = layer > 0 || first_is_trainable;
      const std::string name = std::to_string(layer);
      weights.push_back(store.declare(
          {.name = name + ".weight", .shape = {kWidths[layer + 1], kWidths[layer]}, .trainable = trainable}));
      biases.push_back(
          store.declare({.name = name + ".bias", .shape = {kWidths[layer + 1]}, .trainable = trainable}));
    }
    store.allocate(*backend, true);
    tape = std::make_unique<Tape>(*backend, store, Mode::train);
    Var value = tape->input({{2, 4}, DType::f32});
    for (std::size_t layer = 0; layer < 3; ++layer)
      value = linear(*tape, value, tape->parameter(weights[layer]), tape->parameter(biases[layer]));
    tape->compile(std::array{value});
  }
  std::unique_ptr<Backend> backend;
  ParameterStore store;
  std::vector<ParameterId> weights, biases;
  std::unique_ptr<Tape> tape;
};

TEST_CASE(
    "a gradient is exchanged in buckets from its end, each whole after its first layer's backward pass") {
  const ThreeLayers layers(true);
  const std::vector<GradientBucket> buckets = gradient_buckets(layers.store, *layers.tape);
  REQUIRE(buckets.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t layer = 2 - i;
    const ParameterId bias = layers.biases[layer];
    CHECK(buckets[i].first == layers.store.first_element(layers.weights[layer]));
    CHECK(buckets[i].first + buckets[i].count ==
          layers.store.first_element(bias) + layers.store.gradient(bias).count());
    CHECK(buckets[i].whole_after == static_cast<int>(layer));
  }
  std::vector<int> positions;
  layers.tape->forward();
  layers.tape->backward([&](int position) { positions.push_back(position); });
  CHECK(positions == std::vector<int>{2, 1, 0});
}

TEST_CASE("layers that are frozen are not exchanged") {
  const ThreeLayers layers(false);
  const std::vector<GradientBucket> buckets = gradient_buckets(layers.store, *layers.tape);
  REQUIRE(buckets.size() == 2);
  CHECK(buckets[1].first == layers.store.first_element(layers.weights[1]));
  CHECK(!layers.tape->gradient_is_whole_after(layers.weights[0]));
}

}  // namespace
}  // namespace c3d
