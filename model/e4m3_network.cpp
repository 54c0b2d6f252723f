#include "model/e4m3_network.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "engine/core/error.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/linear.h"
#include "engine/ops/max_pool3d.h"
#include "engine/ops/relu.h"
#include "model/c3d_layers.h"
#include "model/e4m3_rounding.h"

namespace c3d {
namespace {

constexpr std::size_t kAlignment = 256;
// Places in kC3dLayers.
constexpr std::size_t kConv1 = 0, kConv2 = 1, kFirst = 2, kFc6 = kC3dConvolutionCount, kFc7 = kFc6 + 1,
                      kFc8 = kFc7 + 1;
static_assert(kC3dLayers[kFirst].name == kE4m3Results[1] && kC3dLayers[kFc6].name == kE4m3Results.back(),
              "layer i gives result i - 1");

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

std::vector<float> on_host(Backend& backend, ConstTensor values) {
  std::vector<float> copy(static_cast<std::size_t>(values.count()));
  backend.copy(values, host_tensor(copy.data(), values.shape()));
  backend.synchronize();
  return copy;
}

float largest_of(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

E4m3Network::E4m3Network(Backend& backend, const C3d& model, const ParameterStore& parameters,
                         const ActivationRanges& ranges)
    : model_(model) {
  expect(backend.precision() == Precision::fp8, "{}: 8 bits are those of fp8", backend.description());
  std::ranges::transform(ranges, scales_.begin(), e4m3_scale);
  layers_.reserve(kFc8 - kFirst);
  for (std::size_t layer = kFirst; layer < kFc7; ++layer) {
    layers_.push_back(rounded(backend, parameters, layer, scales_[layer - 2], scales_[layer - 1], nullptr));
  }
  layers_.push_back(rounded(backend, parameters, kFc7, scales_.back(), 1, nullptr));
  fc6_sums_ = rounded(backend, parameters, kFc6, scales_[kFc6 - 2], 1, &layers_[kFc6 - kFirst]);
}

E4m3Network::Layer E4m3Network::rounded(Backend& backend, const ParameterStore& parameters, std::size_t layer,
                                        float input_scale, float result_scale,
                                        const Layer* same_values) const {
  const C3d::Layer& of = model_.layers()[layer];
  const Shape shape = parameters.master(of.weight).shape();
  const std::vector<float> weights = on_host(backend, parameters.master(of.weight));
  std::vector<float> bias = on_host(backend, parameters.master(of.bias)), factors(bias.size());
  const std::size_t size = weights.size() / bias.size();
  std::vector<Float8E4M3> codes(weights.size());
  std::vector<float> scaled_row(size);
  const bool is_filter = layer < kC3dConvolutionCount;
  const std::int64_t channels = is_filter ? shape[4] : shape[1];
  const std::size_t slice = is_filter ? size / static_cast<std::size_t>(shape[1]) : size;
  for (std::size_t k = 0; k < bias.size(); ++k) {
    const auto row = std::span(weights).subspan(k * size, size);
    const float scale = e4m3_scale(largest_of(row));
    std::ranges::transform(row, scaled_row.begin(), [=](float weight) { return weight / scale; });
    for (std::size_t at = 0; at < size; at += slice) {
      round_slice(std::span(scaled_row).subspan(at, slice), channels,
                  std::span(codes).subspan(k * size + at, slice));
    }
    factors[k] = input_scale * scale / result_scale;
    bias[k] /= result_scale;
  }
  const Shape outputs{static_cast<std::int64_t>(bias.size())};
  const std::size_t values_bytes = same_values != nullptr ? 0 : aligned(codes.size()),
                    numbers_bytes = aligned(bias.size() * sizeof(float));
  Layer made;
  made.memory = backend.allocate(values_bytes + 2 * numbers_bytes, MemoryKind::device);
  const Tensor scaled = made.memory.tensor(outputs, DType::f32, values_bytes),
               shifted = made.memory.tensor(outputs, DType::f32, values_bytes + numbers_bytes);
  backend.copy(host_tensor(factors.data(), outputs), scaled);
  backend.copy(host_tensor(bias.data(), outputs), shifted);
  made.weights = {.values = {}, .factors = scaled, .bias = shifted};
  if (same_values != nullptr) {
    made.weights.values = same_values->weights.values;
  } else {
    const Tensor values = made.memory.tensor(shape, DType::e4m3);
    backend.copy(host_tensor(codes.data(), shape), values);
    made.weights.values = values;
  }
  backend.synchronize();  // before the vectors go
  return made;
}

const E4m3Weights& E4m3Network::weights(std::size_t layer) const { return layers_[layer - kFirst].weights; }

C3dValues E4m3Network::forward(Tape& tape, Var clip, bool with_sums) const {
  const auto labelled = [&](std::size_t layer) -> const C3d::Layer& {
    tape.label(kC3dLayers[layer].name);
    return model_.layers()[layer];
  };
  const auto pool = [&](std::size_t layer) { return kC3dLayers[layer].pool.geometry(model_.config().pool5); };
  const C3d::Layer& conv1 = labelled(kConv1);
  Var y = conv3d_relu_max_pool3d(tape, clip, tape.parameter(conv1.weight), tape.parameter(conv1.bias),
                                 kC3dLayers[kConv1].convolution, pool(kConv1));
  const C3d::Layer& conv2 = labelled(kConv2);
  y = conv3d_relu_max_pool3d_to_e4m3(tape, y, tape.parameter(conv2.weight), tape.parameter(conv2.bias),
                                     kC3dLayers[kConv2].convolution, pool(kConv2), 1 / scales_.front());
  for (std::size_t layer = kFirst; layer < kC3dConvolutionCount; ++layer) {
    labelled(layer);
    y = conv3d_e4m3(tape, y, weights(layer), kC3dLayers[layer].convolution, Activation::relu);
    if (kC3dLayers[layer].pool) y = max_pool3d(tape, y, pool(layer));
  }
  C3dValues values;
  values.pool5 = tape.reshape(y, {tape.spec(y).shape[0], model_.layers()[kFc6].inputs});
  labelled(kFc6);
  const DType wide = tape.compute_type();
  values.fc6 = linear_e4m3(tape, values.pool5, weights(kFc6), Activation::relu, DType::e4m3);
  if (with_sums) values.fc6_sums = linear_e4m3(tape, values.pool5, fc6_sums_.weights, Activation::none, wide);
  labelled(kFc7);
  values.fc7 = linear_e4m3(tape, values.fc6, weights(kFc7), Activation::relu, wide);
  if (with_sums) values.fc7_sums = linear_e4m3(tape, values.fc6, weights(kFc7), Activation::none, wide);
  const C3d::Layer& fc8 = labelled(kFc8);
  values.logits =
      linear(tape, values.fc7, tape.parameter(fc8.weight), tape.parameter(fc8.bias), Activation::none);
  return values;
}

Var E4m3Network::values(Tape& tape, Var result, std::string_view layer) const {
  if (tape.spec(result).type != DType::e4m3) return result;
  const std::optional<std::size_t> place = e4m3_result(layer);
  expect(place.has_value(), "fp8: the results of {} are not e4m3", layer);
  return e4m3_values(tape, result, scales_[place.value_or(0)]);
}

}  // namespace c3d
