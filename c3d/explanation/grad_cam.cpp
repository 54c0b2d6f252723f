#include "c3d/explanation/grad_cam.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "c3d/inference/clip_rows.h"
#include "engine/core/argument.h"
#include "engine/core/bfloat16.h"
#include "engine/core/nearest.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

constexpr std::size_t kPrograms = 2;

Extent3 grid_of(const C3dConfig& network, const std::string& layer) {
  const C3dSizes sizes = c3d_sizes(network);
  const auto found = std::ranges::find_if(
      sizes.convolutions, [&](const C3dSizes::Convolution& each) { return each.layer.name == layer; });
  return output_extent(found->layer.convolution, found->input);
}

}  // namespace

std::vector<std::string> explanation_layers() { return {"conv5b", "conv4b", "conv3b"}; }

std::vector<float> grad_cam_map(std::span<const float> activation, std::span<const float> gradient,
                                std::size_t channels) {
  const std::size_t places = activation.size() / channels;
  std::vector<double> weights(channels);
  for (std::size_t i = 0; i < gradient.size(); ++i) weights[i % channels] += static_cast<double>(gradient[i]);
  for (double& weight : weights) weight /= static_cast<double>(places);
  std::vector<float> map;
  map.reserve(places);
  for (std::size_t place = 0; place < places; ++place) {
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      sum += weights[c] * static_cast<double>(activation[place * channels + c]);
    }
    map.push_back(static_cast<float>(std::max(sum, 0.0)));
  }
  return map;
}

GradCam::GradCam(Classifier& classifier, const std::string& layer) : classifier_(classifier), layer_(layer) {
  const std::vector<std::string> layers = explanation_layers();
  expect_argument(std::ranges::find(layers, layer) != layers.end(),
                  "there is no layer '{}' to explain by: it is one of {}; the nearest is '{}'", layer,
                  fmt::join(layers, ", "), nearest(layer, layers));
  expect_argument(classifier.backend().precision() != Precision::fp8,
                  "heat maps follow from gradients, which there are none of in fp8: explain in f32 or bf16");
  grid_ = grid_of(classifier.info().network, layer);
}

GradCam::Program& GradCam::program(const ProgramKey& key) {
  const auto found = programs_.find(key);
  if (found != programs_.end()) return *found->second;
  if (programs_.size() == kPrograms) programs_.erase(programs_.begin());

  const C3d& model = classifier_.model();
  auto made = std::make_unique<Program>(classifier_.backend(), classifier_.parameters());
  made->input = record_clip_input(made->before, rows_input(classifier_.info(), key.first, key.second),
                                  classifier_.mean());
  made->output = model.convolution_output(made->before, made->input.clip, layer_);
  made->before.compile(std::span(&made->output, 1));
  made->activation = made->after.input(made->before.spec(made->output), true);
  made->logits = model.logits_from(made->after, made->activation, layer_);
  made->after.compile(std::span(&made->logits, 1));
  return *(programs_[key] = std::move(made));
}

// Backward starts from the logit of one class alone.
void GradCam::seed_gradient(Program& run, std::size_t label) {
  const Tensor gradient = run.after.gradient(run.logits);
  const auto classes = static_cast<std::size_t>(gradient.shape()[1]);
  std::vector<float> ones(static_cast<std::size_t>(gradient.count()));
  for (std::size_t i = label; i < ones.size(); i += classes) ones[i] = 1;
  if (gradient.type() == DType::f32) {
    classifier_.backend().copy(host_tensor(ones.data(), gradient.shape()), gradient);
  } else {
    std::vector<BFloat16> narrow(ones.size());
    std::ranges::transform(ones, narrow.begin(), to_bfloat16);
    classifier_.backend().copy(host_tensor(narrow.data(), gradient.shape()), gradient);
  }
}

std::vector<float> GradCam::maps(std::span<const Clip> clips, const ClipSpec& spec, std::size_t label) {
  Backend& backend = classifier_.backend();
  const auto rows = static_cast<std::int64_t>(clips.size()) * spec.crops;
  Program& run = program({rows, spec.stores_crops()});
  std::vector<std::int32_t> places(static_cast<std::size_t>(3 * rows));
  load_rows(backend, run.before, run.input, classifier_.info(), clips, spec,
            host_tensor(places.data(), {rows, 3}));
  run.before.forward();
  backend.copy(run.before.tensor(run.output), run.after.tensor(run.activation));
  run.after.forward();
  seed_gradient(run, label);
  run.after.backward();

  const std::vector<float> activation = to_host(backend, run.after.tensor(run.activation));
  const std::vector<float> gradient = to_host(backend, run.after.gradient(run.activation));
  const std::size_t row = activation.size() / static_cast<std::size_t>(rows);
  const std::size_t channels = row / static_cast<std::size_t>(grid_.volume());
  std::vector<float> maps;
  maps.reserve(activation.size() / channels);
  for (std::size_t at = 0; at < activation.size(); at += row) {
    const std::vector<float> map =
        grad_cam_map(std::span(activation).subspan(at, row), std::span(gradient).subspan(at, row), channels);
    maps.insert(maps.end(), map.begin(), map.end());
  }
  return maps;
}

}  // namespace c3d
