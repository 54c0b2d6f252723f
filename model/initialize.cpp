#include "model/initialize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Keeps these draws apart from dropout's, which count steps in the same word.
constexpr std::uint64_t kInitializationStream = std::uint64_t{1} << 63;

struct Filler {
  double weight_deviation;
  float bias;
};

// He et al. 2015, "Delving Deep into Rectifiers": variance 2 / fan-in keeps the activations' size through
// ReLUs. fc8 starts small instead: max-pools let activations grow, and large first logits send gradients of
// norm 30 and more into filters that have seen nothing yet.
Filler kaiming(const C3d::Layer& layer, const Shape& weight) {
  if (layer.name == "fc8") return {0.01, 0};
  const double taps = weight.rank() == 5 ? static_cast<double>(weight[1] * weight[2] * weight[3]) : 1;
  return {std::sqrt(2 / (taps * static_cast<double>(layer.inputs))), 0};
}

// The fillers of c3d_sport1m's prototxt. A bias of 1 keeps ReLUs open while the weights are small.
Filler caffe(const C3d::Layer& layer) {
  const bool wide = layer.name == "fc6" || layer.name == "fc7";
  const bool no_bias = layer.name == "conv1" || layer.name == "fc8";
  return {wide ? 0.005 : 0.01, no_bias ? 0.0f : 1.0f};
}

// (0, 1] with 53 bits: its logarithm is finite.
double uniform_double(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = ((static_cast<std::uint64_t>(high) << 32) | low) >> 11;
  return static_cast<double>(bits + 1) * 0x1p-53;
}

// Box and Muller 1958: two uniform numbers make two normal ones.
struct NormalPair {
  double first, second;
};
NormalPair normal_pair(std::uint64_t seed, std::uint64_t parameter, std::uint64_t pair) {
  const PhiloxBlock block = philox(seed, pair, kInitializationStream | parameter);
  const double radius = std::sqrt(-2 * std::log(uniform_double(block.word[0], block.word[1])));
  const double angle = 2 * std::numbers::pi * uniform_double(block.word[2], block.word[3]);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

std::vector<float> normal_values(std::int64_t count, double deviation, std::uint64_t seed,
                                 ParameterId parameter) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const NormalPair pair = normal_pair(seed, static_cast<std::uint64_t>(parameter.index), i / 2);
    values[i] = static_cast<float>(deviation * pair.first);
    if (i + 1 < values.size()) values[i + 1] = static_cast<float>(deviation * pair.second);
  }
  return values;
}

void clear_padding_channels(std::vector<float>& filter, std::int64_t stored, std::int64_t used) {
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (static_cast<std::int64_t>(i) % stored >= used) filter[i] = 0;
  }
}

void upload(Backend& backend, const std::vector<float>& values, const Tensor& to) {
  backend.copy(host_tensor(values.data(), to.shape()), to);
  backend.synchronize();  // before the values go away
}

void check_names(const C3d& model, const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const C3d::Layer& layer : model.layers()) names.push_back(layer.name);
  for (const std::string& name : wanted) {
    expect(std::find(names.begin(), names.end(), name) != names.end(),
           "C3D has no layer '{}' to initialize; the nearest name is '{}'", name, nearest(name, names));
  }
}

}  // namespace

void initialize(const C3d& model, ParameterStore& parameters, Backend& backend, Initialization initialization,
                std::uint64_t seed, const std::vector<std::string>& layers) {
  check_names(model, layers);
  for (const C3d::Layer& layer : model.layers()) {
    if (!layers.empty() && std::find(layers.begin(), layers.end(), layer.name) == layers.end()) continue;
    const Tensor weight = parameters.master(layer.weight), bias = parameters.master(layer.bias);
    const Shape& shape = weight.shape();
    const Filler filler = initialization == Initialization::caffe ? caffe(layer) : kaiming(layer, shape);

    std::vector<float> values = normal_values(weight.count(), filler.weight_deviation, seed, layer.weight);
    if (const std::int64_t stored = shape[shape.rank() - 1]; stored != layer.inputs) {
      clear_padding_channels(values, stored, layer.inputs);
    }
    upload(backend, values, weight);
    upload(backend, std::vector<float>(static_cast<std::size_t>(bias.count()), filler.bias), bias);
  }
  parameters.values_changed(backend);
}

}  // namespace c3d
