// A narrow C3D against PyTorch in float64: features, logits, loss, every gradient, and ten steps of SGD in
// both forms.
#include <algorithm>
#include <array>
#include <numeric>

#include "catch.h"
#include "engine/ops/normalize_clip.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "engine/optim/optimizer.h"
#include "model/weight_layout.h"
#include "tests/support/golden.h"

namespace c3d {
namespace {

constexpr double kTolerance = 1e-5;
constexpr std::int64_t kClips = 2;

// The recorded training step of a golden network. Its clips are bytes; the network sees (byte - 128) / 64.
class GoldenNetwork {
 public:
  GoldenNetwork(Backend& backend, const NamedTensors& golden, const std::string& pool5, float bias_rate = 1,
                float bias_decay = 1)
      : backend_(backend),
        model_({.classes = 5, .width = 1.0 / 32, .crop = 48, .dropout = 0, .pool5 = parse_pool5_rule(pool5)},
               parameters_) {
    for (const C3d::Layer& layer : model_.layers()) {
      parameters_.spec(layer.bias).learning_rate_scale = bias_rate;
      parameters_.spec(layer.bias).weight_decay_scale = bias_decay;
    }
    parameters_.allocate(backend, true);
    import_parameters(model_, parameters_, backend, with_prefix(golden, "parameter."),
                      parameters_.all_values());
    parameters_.values_changed(backend);

    const Var clip = tape_.input({{kClips, 16, 48, 48, kClipChannels}, DType::f32});
    const Var labels = tape_.input({{kClips}, DType::i32});
    values_ = model_.forward(tape_, clip);
    losses_ = softmax_cross_entropy(tape_, values_.logits, labels).losses;
    tape_.compile(std::array{values_.pool5, values_.fc6, values_.fc7, values_.logits, losses_});
    upload(backend, golden.at("labels").values, tape_.tensor(labels));
    write_clip(golden.at("clip").values, tape_.tensor(clip));
  }

  void run(float learning_rate) {
    backend_.begin_step({.learning_rate = learning_rate, .loss_scale = 1.0f / kClips});
    tape_.forward();
    tape_.backward();
  }

  float loss() {
    const std::vector<float> losses = download(backend_, tape_.tensor(losses_));
    return std::accumulate(losses.begin(), losses.end(), 0.0f) / kClips;
  }
  ConstTensor value(Var value) const { return tape_.tensor(value); }
  const C3dValues& values() const { return values_; }
  ParameterStore& parameters() { return parameters_; }
  NamedTensors exported(const Tensor& flat) { return export_parameters(model_, parameters_, backend_, flat); }

 private:
  void write_clip(const ConstTensor& bytes, const Tensor& to) {
    std::vector<float> clip(static_cast<std::size_t>(to.count()), 0.0f);
    const auto* from = bytes.as<std::uint8_t>();
    for (std::int64_t i = 0; i < bytes.count(); ++i) {
      clip[static_cast<std::size_t>(i / 3 * kClipChannels + i % 3)] =
          (static_cast<float>(from[i]) - 128) / 64;
    }
    upload(backend_, host_tensor(clip.data(), to.shape()), to);
  }

  Backend& backend_;
  ParameterStore parameters_;
  C3d model_;
  Tape tape_{backend_, parameters_, Mode::train};
  C3dValues values_;
  Var losses_;
};

void check_tensors(const NamedTensors& computed, const NamedTensors& golden, double tolerance) {
  REQUIRE(computed.all().size() == golden.all().size());
  for (const NamedTensor& expected : golden.all()) {
    INFO(expected.name);
    const ConstTensor& values = computed.at(expected.name).values;
    REQUIRE(values.shape() == expected.values.shape());
    CHECK(relative_error(values.as<float>(), expected.values.as<float>(), values.count()) < tolerance);
  }
}

void check_network(const std::string& device) {
  const auto backend = backend_or_skip(device);
  if (backend == nullptr) return;
  for (const std::string pool5 : {"pytorch", "caffe"}) {
    INFO("pool5 rule " << pool5);
    const NamedTensors golden = read_golden("c3d_" + pool5);
    GoldenNetwork network(*backend, golden, pool5);
    network.run(0);
    const auto error = [&](Var value, const std::string& name) {
      return relative_error(*backend, network.value(value), golden.at(name));
    };
    CHECK(error(network.values().pool5, "pool5") < kTolerance);
    CHECK(error(network.values().fc6, "fc6") < kTolerance);
    CHECK(error(network.values().fc7, "fc7") < kTolerance);
    CHECK(error(network.values().logits, "logits") < kTolerance);
    CHECK(network.loss() == Approx(golden.at("loss").values.as<float>()[0]).epsilon(kTolerance));
    check_tensors(network.exported(network.parameters().all_gradients()), with_prefix(golden, "gradient."),
                  kTolerance);
  }
}

void check_sgd(const std::string& device) {
  const auto backend = backend_or_skip(device);
  if (backend == nullptr) return;
  const NamedTensors start = read_golden("c3d_pytorch"), golden = read_golden("sgd");
  const auto number = [&](const std::string& key) { return std::stof(golden.metadata().at(key)); };
  for (const std::string form : {"pytorch", "caffe"}) {
    INFO("form " << form);
    GoldenNetwork network(*backend, start, "pytorch", 2, 0);
    Optimizer optimizer(*backend, network.parameters(),
                        {.rule = form == "caffe" ? OptimizerRule::caffe : OptimizerRule::sgd,
                         .momentum = number("momentum"),
                         .weight_decay = number("weight_decay"),
                         .clip_norm = number("clip_norm")});
    std::vector<float> losses;
    for (const float learning_rate : words_of<float>(golden.metadata().at("learning_rates"))) {
      network.run(learning_rate);
      losses.push_back(network.loss());
      optimizer.step(network.parameters().all_gradients(), static_cast<std::int64_t>(losses.size()) - 1);
    }
    const ConstTensor& expected = golden.at(form + ".losses").values;
    REQUIRE(static_cast<std::int64_t>(losses.size()) == expected.count());
    CHECK(relative_error(losses.data(), expected.as<float>(), expected.count()) < kTolerance);
    check_tensors(network.exported(network.parameters().all_values()),
                  with_prefix(golden, form + ".parameter."), kTolerance);
  }
}

TEST_CASE("a narrow C3D computes what PyTorch does on the reference backend") { check_network("reference"); }
TEST_CASE("a narrow C3D computes what PyTorch does on the cpu backend") { check_network("cpu"); }
TEST_CASE("a narrow C3D computes what PyTorch does on the cuda backend") { check_network("cuda"); }

TEST_CASE("ten steps of SGD end where PyTorch's and Caffe's do on the reference backend") {
  check_sgd("reference");
}
TEST_CASE("ten steps of SGD end where PyTorch's and Caffe's do on the cpu backend") { check_sgd("cpu"); }
TEST_CASE("ten steps of SGD end where PyTorch's and Caffe's do on the cuda backend") { check_sgd("cuda"); }

}  // namespace
}  // namespace c3d
