// Every op against PyTorch in float64: values, and gradients at a given dy.
#include <array>

#include "catch.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/linear.h"
#include "engine/ops/max_pool3d.h"
#include "engine/ops/relu.h"
#include "engine/ops/sigmoid_cross_entropy.h"
#include "tests/support/golden.h"

namespace c3d {
namespace {

constexpr double kOpTolerance = 1e-5;

// One case of a golden file: what is recorded is y of x, with a filter or weight and a bias if the op has
// them.
class GoldenCase {
 public:
  GoldenCase(Backend& backend, const NamedTensors& golden, const std::string& prefix,
             const std::string& weight = {})
      : backend_(backend), tensors_(with_prefix(golden, prefix)), weight_name_(weight) {
    if (!weight.empty()) {
      weight_ = parameters_.declare({weight, shape(weight)});
      bias_ = parameters_.declare({"bias", shape("bias")});
      parameters_.allocate(backend, true);
      upload(backend, tensors_.at(weight).values, parameters_.master(weight_));
      upload(backend, tensors_.at("bias").values, parameters_.master(bias_));
      parameters_.values_changed(backend);
    }
    x_ = tape_.input({shape("x"), DType::f32}, true);
  }

  Tape& tape() { return tape_; }
  Var x() const { return x_; }
  Var weight() { return tape_.parameter(weight_); }
  Var bias() { return tape_.parameter(bias_); }

  void check(Var y) {
    tape_.compile(std::array{y});
    upload(backend_, tensors_.at("x").values, tape_.tensor(x_));
    tape_.forward();
    CHECK(error(tape_.tensor(y), "y") < kOpTolerance);
    upload(backend_, tensors_.at("dy").values, tape_.gradient(y));
    tape_.backward();
    CHECK(error(tape_.gradient(x_), "dx") < kOpTolerance);
    if (weight_name_.empty()) return;
    CHECK(error(parameters_.gradient(weight_), "d" + weight_name_) < kOpTolerance);
    CHECK(error(parameters_.gradient(bias_), "dbias") < kOpTolerance);
  }

 private:
  Shape shape(const std::string& name) const { return tensors_.at(name).values.shape(); }
  double error(const ConstTensor& computed, const std::string& name) {
    return relative_error(backend_, computed, tensors_.at(name));
  }

  Backend& backend_;
  NamedTensors tensors_;
  std::string weight_name_;
  ParameterStore parameters_;
  ParameterId weight_, bias_;
  Tape tape_{backend_, parameters_, Mode::train};
  Var x_;
};

Extent3 extent(const std::vector<std::int64_t>& numbers, std::size_t first) {
  return {numbers.at(first), numbers.at(first + 1), numbers.at(first + 2)};
}

template <typename Check>  // check(name of the case, its geometry)
void for_each_case(const NamedTensors& golden, const Check& check) {
  for (const std::string& name : words_of<std::string>(golden.metadata().at("cases"))) {
    INFO("case " << name);
    check(name + ".", golden.metadata().at(name + ".geometry"));
  }
}

void check_conv3d(Backend& backend) {
  const NamedTensors golden = read_golden("conv3d");
  for_each_case(golden, [&](const std::string& prefix, const std::string& text) {
    const auto numbers = words_of<std::int64_t>(text);
    const Conv3dGeometry geometry{extent(numbers, 0), extent(numbers, 3), extent(numbers, 6)};
    GoldenCase one(backend, golden, prefix, "filter");
    one.check(conv3d(one.tape(), one.x(), one.weight(), one.bias(), geometry,
                     numbers.at(9) == 1 ? Activation::relu : Activation::none));
  });
}

void check_max_pool3d(Backend& backend) {
  const NamedTensors golden = read_golden("max_pool3d");
  for_each_case(golden, [&](const std::string& prefix, const std::string& text) {
    const auto numbers = words_of<std::int64_t>(text);
    GoldenCase one(backend, golden, prefix);
    one.check(max_pool3d(one.tape(), one.x(),
                         {extent(numbers, 0), extent(numbers, 3), extent(numbers, 6), extent(numbers, 9)}));
  });
}

void check_relu(Backend& backend) {
  GoldenCase one(backend, read_golden("relu"), "");
  one.check(relu(one.tape(), one.x()));
}

void check_linear(Backend& backend) {
  const NamedTensors golden = read_golden("linear");
  for_each_case(golden, [&](const std::string& prefix, const std::string& rectified) {
    GoldenCase one(backend, golden, prefix, "weight");
    one.check(linear(one.tape(), one.x(), one.weight(), one.bias(),
                     rectified == "1" ? Activation::relu : Activation::none));
  });
}

// Probabilities, losses and gradients of one golden case, for whatever loss `record` makes of the logits.
class GoldenLoss {
 public:
  GoldenLoss(Backend& backend, NamedTensors tensors) : backend_(backend), tensors_(std::move(tensors)) {
    logits_ = input("logits", true);
  }
  Tape& tape() { return tape_; }
  Var logits() const { return logits_; }
  bool has(const std::string& name) const { return tensors_.find(name) != nullptr; }
  Var input(const std::string& name, bool wants_gradient = false) {
    const ConstTensor& values = tensors_.at(name).values;
    inputs_.emplace_back(name, tape_.input({values.shape(), values.type()}, wants_gradient));
    return inputs_.back().second;
  }
  // Empty where the case has none.
  ConstTensor constant(const std::string& name) {
    if (!has(name)) return {};
    const ConstTensor& values = tensors_.at(name).values;
    constant_ = backend_.allocate(values.bytes(), MemoryKind::device);
    upload(backend_, values, constant_.tensor(values.shape(), values.type()));
    return constant_.tensor(values.shape(), values.type());
  }

  void check(const CrossEntropyValues& values, float loss_scale) {
    tape_.compile(std::array{values.probabilities, values.losses});
    for (const auto& [name, var] : inputs_) upload(backend_, tensors_.at(name).values, tape_.tensor(var));
    backend_.begin_step({.loss_scale = loss_scale});
    tape_.forward();
    tape_.backward();
    CHECK(error(tape_.tensor(values.probabilities), "probabilities") < kOpTolerance);
    CHECK(error(tape_.tensor(values.losses), "losses") < kOpTolerance);
    CHECK(error(tape_.gradient(logits_), "dlogits") < kOpTolerance);
  }

 private:
  double error(const ConstTensor& computed, const std::string& name) {
    return relative_error(backend_, computed, tensors_.at(name));
  }

  Backend& backend_;
  NamedTensors tensors_;
  ParameterStore none_;
  Tape tape_{backend_, none_, Mode::train};
  std::vector<std::pair<std::string, Var>> inputs_;
  Buffer constant_;
  Var logits_;
};

void check_softmax_cross_entropy(Backend& backend) {
  const NamedTensors golden = read_golden("softmax_cross_entropy");
  for_each_case(golden, [&](const std::string& prefix, const std::string& text) {
    const auto numbers = words_of<float>(text);
    GoldenLoss one(backend, with_prefix(golden, prefix));
    const CrossEntropyRule rule{.label_smoothing = numbers.at(0),
                                .focal_gamma = numbers.at(2),
                                .class_weights = one.constant("class_weights")};
    const Var labels = one.input("labels");
    one.check(one.has("mix") ? softmax_cross_entropy(
                                   one.tape(), one.logits(),
                                   MixedLabels{labels, one.input("second_labels"), one.input("mix")}, rule)
                             : softmax_cross_entropy(one.tape(), one.logits(), labels, rule),
              numbers.at(1));
  });
}

void check_sigmoid_cross_entropy(Backend& backend) {
  const NamedTensors golden = read_golden("sigmoid_cross_entropy");
  for_each_case(golden, [&](const std::string& prefix, const std::string& text) {
    GoldenLoss one(backend, with_prefix(golden, prefix));
    one.check(sigmoid_cross_entropy(one.tape(), one.logits(), one.input("targets"),
                                    one.constant("positive_weights")),
              words_of<float>(text).at(0));
  });
}

void check_all(const std::string& device) {
  const auto backend = backend_or_skip(device);
  if (backend == nullptr) return;
  SECTION("conv3d") { check_conv3d(*backend); }
  SECTION("max_pool3d") { check_max_pool3d(*backend); }
  SECTION("relu") { check_relu(*backend); }
  SECTION("linear") { check_linear(*backend); }
  SECTION("softmax_cross_entropy") { check_softmax_cross_entropy(*backend); }
  SECTION("sigmoid_cross_entropy") { check_sigmoid_cross_entropy(*backend); }
}

TEST_CASE("every op computes what PyTorch does on the reference backend") { check_all("reference"); }
TEST_CASE("every op computes what PyTorch does on the cpu backend") { check_all("cpu"); }
TEST_CASE("every op computes what PyTorch does on the cuda backend") { check_all("cuda"); }

}  // namespace
}  // namespace c3d
