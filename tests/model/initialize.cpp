#include "model/initialize.h"

#include <cmath>
#include <numeric>

#include "catch.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {
namespace {

struct InitializedModel {
  explicit InitializedModel(Initialization initialization = Initialization::kaiming, std::uint64_t seed = 7) {
    parameters.allocate(*backend, false);
    initialize(c3d, parameters, *backend, initialization, seed);
  }

  std::vector<float> values(ParameterId id) const {
    const Tensor tensor = parameters.master(id);
    std::vector<float> result(static_cast<std::size_t>(tensor.count()));
    backend->copy(tensor, host_tensor(result.data(), tensor.shape()));
    return result;
  }
  std::vector<float> all() const {
    std::vector<float> result(static_cast<std::size_t>(parameters.element_count()));
    backend->copy(parameters.all_values(), host_tensor(result.data(), parameters.all_values().shape()));
    return result;
  }
  const C3d::Layer& layer(const std::string& name) const {
    for (const C3d::Layer& candidate : c3d.layers()) {
      if (candidate.name == name) return candidate;
    }
    throw Error("no layer " + name);
  }

  std::unique_ptr<Backend> backend = make_reference_backend();
  ParameterStore parameters;
  C3d c3d{{.classes = 20, .width = 0.125, .crop = 48}, parameters};
};

struct Statistics {
  double mean = 0, deviation = 0, kurtosis = 0;  // 3 for a normal distribution
};

Statistics statistics(const std::vector<float>& values) {
  const auto count = static_cast<double>(values.size());
  Statistics s;
  s.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double second = 0, fourth = 0;
  for (const float value : values) {
    const double square = std::pow(value - s.mean, 2);
    second += square / count;
    fourth += square * square / count;
  }
  s.deviation = std::sqrt(second);
  s.kurtosis = fourth / (second * second);
  return s;
}

void check_normal(const InitializedModel& model, const std::string& layer, double deviation) {
  INFO(layer);
  const std::vector<float> values = model.values(model.layer(layer).weight);
  const Statistics s = statistics(values);
  const double slack = 5 / std::sqrt(static_cast<double>(values.size()));  // five standard errors
  CHECK(std::abs(s.mean) < slack * deviation);
  CHECK(s.deviation == Approx(deviation).epsilon(slack));
  CHECK(s.kurtosis == Approx(3).epsilon(5 * slack));
}

TEST_CASE("kaiming draws normal weights by fan-in and zero biases") {
  const InitializedModel model;
  check_normal(model, "conv2", std::sqrt(2.0 / (27 * 8)));
  check_normal(model, "conv4a", std::sqrt(2.0 / (27 * 32)));
  check_normal(model, "fc6", std::sqrt(2.0 / (4 * 64)));
  check_normal(model, "fc7", std::sqrt(2.0 / 512));
  check_normal(model, "fc8", 0.01);
  for (const C3d::Layer& layer : model.c3d.layers()) {
    for (const float bias : model.values(layer.bias)) REQUIRE(bias == 0);
  }
}

TEST_CASE("caffe draws weights and biases as the original fillers do") {
  const InitializedModel model(Initialization::caffe);
  check_normal(model, "conv3a", 0.01);
  check_normal(model, "fc6", 0.005);
  check_normal(model, "fc7", 0.005);
  check_normal(model, "fc8", 0.01);
  for (const C3d::Layer& layer : model.c3d.layers()) {
    const float expected = layer.name == "conv1" || layer.name == "fc8" ? 0.0f : 1.0f;
    for (const float bias : model.values(layer.bias)) REQUIRE(bias == expected);
  }
}

TEST_CASE("conv1 draws from a fan-in of 3 channels and leaves its padding channels zero") {
  const InitializedModel model;
  std::vector<float> colours;
  const std::vector<float> filter = model.values(model.layer("conv1").weight);
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (i % 8 < 3) {
      colours.push_back(filter[i]);
    } else {
      REQUIRE(filter[i] == 0);
    }
  }
  CHECK(statistics(colours).deviation == Approx(std::sqrt(2.0 / 81)).epsilon(0.15));
}

TEST_CASE("initialization is a function of the seed alone") {
  CHECK(InitializedModel().all() == InitializedModel().all());
  CHECK(InitializedModel().all() != InitializedModel(Initialization::kaiming, 8).all());
  const InitializedModel model;
  CHECK(model.values(model.layer("conv5a").weight) != model.values(model.layer("conv5b").weight));
}

TEST_CASE("initialization of single layers leaves the others alone") {
  InitializedModel model;
  const auto conv1 = model.values(model.layer("conv1").weight), fc8 = model.values(model.layer("fc8").weight);
  initialize(model.c3d, model.parameters, *model.backend, Initialization::kaiming, 9, {"fc8"});
  CHECK(model.values(model.layer("conv1").weight) == conv1);
  CHECK(model.values(model.layer("fc8").weight) != fc8);
  CHECK_THROWS_WITH(
      initialize(model.c3d, model.parameters, *model.backend, Initialization::kaiming, 9, {"fc9"}),
      Catch::Contains("no layer 'fc9'"));
}

}  // namespace
}  // namespace c3d
