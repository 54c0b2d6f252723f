#include "model/weight_layout.h"

#include <algorithm>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

// A parameter as frameworks store it, [rows, channels, volume], against ours, [rows, volume,
// stored_channels]. Filters and fc6 (whose columns run over pool5) have a volume; for all others the two are
// the same.
struct Layout {
  std::string name;
  ParameterId parameter;
  Shape shape;  // the framework's
  std::int64_t rows = 1, channels = 1, stored_channels = 1, volume = 1;

  template <typename Move>  // move(position in the framework's order, position in ours)
  void for_each(const Move& move) const {
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t channel = 0; channel < channels; ++channel) {
        for (std::int64_t v = 0; v < volume; ++v) {
          move((row * channels + channel) * volume + v, (row * volume + v) * stored_channels + channel);
        }
      }
    }
  }
};

const Shape& shape_of(const ParameterStore& parameters, ParameterId id) {
  return parameters.specs()[static_cast<std::size_t>(id.index)].shape;
}

std::vector<Layout> layouts(const C3d& model, const ParameterStore& parameters) {
  std::vector<Layout> result;
  for (const C3d::Layer& layer : model.layers()) {
    const Shape& stored = shape_of(parameters, layer.weight);
    Layout weight{layer.name + ".weight", layer.weight, stored, layer.outputs, layer.inputs, layer.inputs, 1};
    if (stored.rank() == 5) {
      weight.shape = {layer.outputs, layer.inputs, stored[1], stored[2], stored[3]};
      weight.stored_channels = stored[4];
      weight.volume = stored[1] * stored[2] * stored[3];
    } else if (layer.name == "fc6") {
      weight.volume = model.pool5_extent().volume();
      weight.channels = weight.stored_channels = layer.inputs / weight.volume;
    }
    result.push_back(weight);
    result.push_back({layer.name + ".bias", layer.bias, {layer.outputs}, 1, layer.outputs, layer.outputs, 1});
  }
  return result;
}

// The part of a flat array that belongs to one parameter.
template <typename AnyTensor>
AnyTensor part(const AnyTensor& flat, const ParameterStore& parameters, ParameterId id) {
  expect(flat.shape() == Shape{parameters.element_count()}, "weights: an array {} for {} parameter elements",
         to_string(flat.shape()), parameters.element_count());
  return flat.rows(parameters.first_element(id), shape_of(parameters, id).count());
}

// `values` f32 or bf16, in the framework's order -> the whole of `ours`, padding channels zero.
void rearrange(const Layout& layout, const ConstTensor& values, std::vector<float>& ours) {
  std::fill(ours.begin(), ours.end(), 0.0f);
  const auto from = [&](const auto* theirs) {
    layout.for_each(
        [&](std::int64_t t, std::int64_t o) { ours[static_cast<std::size_t>(o)] = to_float(theirs[t]); });
  };
  if (values.type() == DType::bf16) {
    from(values.as<BFloat16>());
  } else {
    from(values.as<float>());
  }
}

bool is_of(const std::string& tensor, const std::vector<std::string>& layers) {
  return std::any_of(layers.begin(), layers.end(),
                     [&](const std::string& layer) { return tensor.starts_with(layer + "."); });
}

[[noreturn]] void fail_missing(const Layout& layout, const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const NamedTensor& tensor : tensors.all()) names.push_back(tensor.name);
  expect(!names.empty(), "weights: there is no tensor '{}': there are no tensors at all", layout.name);
  const std::string close = nearest(layout.name, names);
  fail("weights: there is no tensor '{}' {}; the nearest name is '{}' {}", layout.name,
       to_string(layout.shape), close, to_string(tensors.at(close).values.shape()));
}

}  // namespace

NamedTensors export_parameters(const C3d& model, const ParameterStore& parameters, Backend& backend,
                               ConstTensor flat) {
  NamedTensors tensors;
  std::vector<float> ours;
  for (const Layout& layout : layouts(model, parameters)) {
    const ConstTensor from = part(flat, parameters, layout.parameter);
    ours.resize(static_cast<std::size_t>(from.count()));
    backend.copy(from, host_tensor(ours.data(), from.shape()));
    backend.synchronize();
    float* const theirs = tensors.add(layout.name, layout.shape, DType::f32).as<float>();
    layout.for_each([&](std::int64_t t, std::int64_t o) { theirs[t] = ours[static_cast<std::size_t>(o)]; });
  }
  return tensors;
}

void check_parameters(const C3d& model, const ParameterStore& parameters, const NamedTensors& tensors,
                      const std::vector<std::string>& skip) {
  for (const std::string& layer : skip) {
    expect(std::any_of(model.layers().begin(), model.layers().end(),
                       [&](const auto& l) { return l.name == layer; }),
           "weights: C3D has no layer '{}' to leave out", layer);
  }
  std::vector<std::string> names;
  for (const Layout& layout : layouts(model, parameters)) {
    names.push_back(layout.name);
    if (is_of(layout.name, skip)) continue;
    const NamedTensor* found = tensors.find(layout.name);
    if (found == nullptr) fail_missing(layout, tensors);
    const ConstTensor& values = found->values;
    expect(values.shape() == layout.shape, "weights: '{}' is {}, this network needs {}", layout.name,
           to_string(values.shape()), to_string(layout.shape));
    expect(values.type() == DType::f32 || values.type() == DType::bf16,
           "weights: '{}' holds {}, but must hold f32 or bf16", layout.name, to_string(values.type()));
  }
  for (const NamedTensor& tensor : tensors.all()) {
    expect(is_of(tensor.name, skip) || std::find(names.begin(), names.end(), tensor.name) != names.end(),
           "weights: '{}' {} is no parameter of this network; the nearest name is '{}'", tensor.name,
           to_string(tensor.values.shape()), nearest(tensor.name, names));
  }
}

void import_parameters(const C3d& model, const ParameterStore& parameters, Backend& backend,
                       const NamedTensors& tensors, Tensor flat, const std::vector<std::string>& skip) {
  const std::vector<Layout> wanted = layouts(model, parameters);
  check_parameters(model, parameters, tensors, skip);
  std::vector<float> ours;
  for (const Layout& layout : wanted) {
    if (is_of(layout.name, skip)) continue;
    const Tensor to = part(flat, parameters, layout.parameter);
    ours.resize(static_cast<std::size_t>(to.count()));
    rearrange(layout, tensors.at(layout.name).values, ours);
    backend.copy(host_tensor(ours.data(), to.shape()), to);
    backend.synchronize();  // before the next parameter takes its place
  }
}

}  // namespace c3d
