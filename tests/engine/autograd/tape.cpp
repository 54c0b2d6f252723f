#include "engine/autograd/tape.h"

#include <array>
#include <vector>

#include "catch.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/dropout.h"
#include "engine/ops/linear.h"
#include "engine/ops/relu.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {
namespace {

void set(Backend& backend, const Tensor& to, std::vector<float> values) {
  backend.copy(host_tensor(values.data(), to.shape()), to);
}

std::vector<float> get(Backend& backend, const ConstTensor& from) {
  std::vector<float> values(static_cast<std::size_t>(from.count()));
  backend.copy(from, host_tensor(values.data(), from.shape()));
  backend.synchronize();
  return values;
}

struct TwoByTwo {
  std::unique_ptr<Backend> backend = make_reference_backend();
  ParameterStore parameters;
  ParameterId weight = parameters.declare({"weight", {2, 2}});
  ParameterId bias = parameters.declare({"bias", {2}});

  void allocate() {
    parameters.allocate(*backend, true);
    set(*backend, parameters.master(weight), {1, 2, 3, 4});
    set(*backend, parameters.master(bias), {10, 20});
    parameters.values_changed(*backend);
  }
};

TEST_CASE("a value with two consumers gets the sum of their gradients") {
  TwoByTwo net;
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::train);
  const Var x = tape.input({{1, 2}, DType::f32}, true);
  const Var w = tape.parameter(net.weight);
  const Var b = tape.parameter(net.bias);
  const Var first = linear(tape, x, w, b);
  const Var second = linear(tape, x, w, b);
  tape.compile(std::array{first, second});
  set(*net.backend, tape.tensor(x), {1, 1});
  tape.forward();
  CHECK(get(*net.backend, tape.tensor(first)) == std::vector<float>{13, 27});
  set(*net.backend, tape.gradient(first), {1, 0});
  set(*net.backend, tape.gradient(second), {0, 1});
  tape.backward();
  CHECK(get(*net.backend, tape.gradient(x)) == std::vector<float>{1 + 3, 2 + 4});
  CHECK(get(*net.backend, net.parameters.gradient(net.weight)) == std::vector<float>{1, 1, 1, 1});
  CHECK(get(*net.backend, net.parameters.gradient(net.bias)) == std::vector<float>{1, 1});
}

TEST_CASE("replaying a tape gives the same values and gradients again") {
  TwoByTwo net;
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::train);
  const Var x = tape.input({{3, 2}, DType::f32}, true);
  const Var labels = tape.input({{3}, DType::i32});
  const Var hidden = relu(tape, linear(tape, x, tape.parameter(net.weight), tape.parameter(net.bias)));
  const auto loss = softmax_cross_entropy(tape, hidden, labels);
  tape.compile(std::array{loss.losses});
  set(*net.backend, tape.tensor(x), {1, -1, 0.5f, 2, -3, 1});
  std::vector<std::int32_t> truth{0, 1, -1};
  net.backend->copy(host_tensor(truth.data(), {3}), tape.tensor(labels));
  std::vector<std::vector<float>> losses, gradients;
  for (int i = 0; i < 3; ++i) {
    net.backend->begin_step({.step = 7, .loss_scale = 0.5f});
    tape.forward();
    tape.backward();
    losses.push_back(get(*net.backend, tape.tensor(loss.losses)));
    gradients.push_back(get(*net.backend, tape.gradient(x)));
  }
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0] == losses[2]);
  CHECK(gradients[0] == gradients[1]);
  CHECK(gradients[0] == gradients[2]);
  CHECK(losses[0][2] == 0);  // the padding row
}

TEST_CASE("a reshape shares memory and passes gradients through") {
  TwoByTwo net;
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::train);
  const Var x = tape.input({{4}, DType::f32}, true);
  const Var y = linear(tape, tape.reshape(x, {2, 2}), tape.parameter(net.weight), tape.parameter(net.bias));
  tape.compile(std::array{y});
  set(*net.backend, tape.tensor(x), {1, 0, 0, 1});
  set(*net.backend, tape.gradient(y), {1, 0, 0, 1});
  tape.forward();
  tape.backward();
  CHECK(get(*net.backend, tape.tensor(y)) == std::vector<float>{11, 23, 12, 24});
  CHECK(get(*net.backend, tape.gradient(x)) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("frozen parameters get no gradient and stop what lies before them") {
  TwoByTwo net;
  net.parameters.spec(net.weight).trainable = false;
  net.parameters.spec(net.bias).trainable = false;
  const ParameterId head = net.parameters.declare({"head", {2, 2}});
  const ParameterId head_bias = net.parameters.declare({"head_bias", {2}});
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::train);
  const Var x = tape.input({{1, 2}, DType::f32});
  const Var body = linear(tape, x, tape.parameter(net.weight), tape.parameter(net.bias));
  const Var y = linear(tape, body, tape.parameter(head), tape.parameter(head_bias));
  tape.compile(std::array{y});

  struct Counter : TapeObserver {
    int backward = 0;
    void before(const OpEvent& event) override { backward += event.direction == Direction::backward ? 1 : 0; }
    void after(const OpEvent& /*event*/) override {}
  } counter;
  tape.observe(&counter);
  set(*net.backend, tape.tensor(x), {1, 1});
  set(*net.backend, tape.gradient(y), {1, 1});
  tape.forward();
  tape.backward();
  CHECK(counter.backward == 1);
  CHECK(get(*net.backend, net.parameters.gradient(head)) == std::vector<float>{13, 27, 13, 27});
  CHECK(get(*net.backend, net.parameters.gradient(net.weight)) == std::vector<float>{0, 0, 0, 0});
}

TEST_CASE("inference needs less memory than training and drops nothing") {
  TwoByTwo net;
  net.allocate();
  const auto record = [&](Mode mode) {
    auto tape = std::make_unique<Tape>(*net.backend, net.parameters, mode);
    Var value = tape->input({{4096, 2}, DType::f32}, mode == Mode::train);
    for (int layer = 0; layer < 6; ++layer) {
      value = dropout(
          *tape, relu(*tape, linear(*tape, value, tape->parameter(net.weight), tape->parameter(net.bias))),
          0.5f);
    }
    tape->compile(std::array{value});
    return tape;
  };
  const auto train = record(Mode::train), infer = record(Mode::infer);
  CHECK(infer->op_count() == 12);
  CHECK(train->op_count() == 18);
  CHECK(2 * infer->arena_bytes() < train->arena_bytes());
}

TEST_CASE("an error inside an op names the layer and the direction") {
  TwoByTwo net;
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::infer);
  const Var x = tape.input({{1, 2}, DType::f32});
  const Var labels = tape.input({{1}, DType::i32});
  tape.label("fc8");
  const auto loss = softmax_cross_entropy(tape, x, labels);
  tape.compile(std::array{loss.losses});
  std::vector<std::int32_t> beyond{5};
  net.backend->copy(host_tensor(beyond.data(), {1}), tape.tensor(labels));
  CHECK_THROWS_WITH(tape.forward(), Catch::Contains("forward of fc8 (softmax_cross_entropy)"));
}

TEST_CASE("recording and running in the wrong order is refused") {
  TwoByTwo net;
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::infer);
  CHECK_THROWS_AS(tape.forward(), Error);
  const Var x = tape.input({{1, 2}, DType::f32});
  const Var y = linear(tape, x, tape.parameter(net.weight), tape.parameter(net.bias));
  tape.compile(std::array{y});
  CHECK_THROWS_AS(tape.input({{1}, DType::f32}), Error);
  CHECK_THROWS_AS(tape.backward(), Error);
  CHECK_THROWS_AS(net.parameters.declare({"late", {1}}), Error);
}

TEST_CASE("a layer that does not fit its input is refused while recording, with both shapes") {
  TwoByTwo net;
  const ParameterId filter = net.parameters.declare({"filter", {4, 3, 3, 3, 8}});
  const ParameterId filter_bias = net.parameters.declare({"filter_bias", {4}});
  net.allocate();
  Tape tape(*net.backend, net.parameters, Mode::infer);
  const Var x = tape.input({{1, 4, 4, 4, 3}, DType::f32});
  CHECK_THROWS_WITH(conv3d(tape, x, tape.parameter(filter), tape.parameter(filter_bias)),
                    Catch::Contains("3 channels") && Catch::Contains("8"));
}

}  // namespace
}  // namespace c3d
