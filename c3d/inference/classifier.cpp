#include "c3d/inference/classifier.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "c3d/common/mean_file.h"
#include "engine/core/error.h"
#include "engine/ops/sigmoid_cross_entropy.h"
#include "model/c3d_layers.h"
#include "model/weight_layout.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

constexpr std::size_t kPrograms = 2;

Var chosen(const C3dValues& values, Var probabilities, Feature feature) {
  switch (feature) {
    case Feature::pool5:
      return values.pool5;
    case Feature::fc6:
      return values.fc6;
    case Feature::fc7:
      return values.fc7;
    case Feature::fc8:
      return values.logits;
    case Feature::none:
    case Feature::probabilities:
      break;
  }
  return probabilities;
}

}  // namespace

std::vector<std::pair<std::string, Feature>> feature_names() {
  return {{"pool5", Feature::pool5},
          {"fc6", Feature::fc6},
          {"fc7", Feature::fc7},
          {"fc8", Feature::fc8},
          {"probabilities", Feature::probabilities}};
}

std::string to_string(Feature feature) {
  for (const auto& [name, value] : feature_names()) {
    if (value == feature) return name;
  }
  return "none";
}

Classifier::Classifier(Backend& backend, const std::filesystem::path& weights,
                       const ClassifierOptions& options)
    : backend_(backend), feature_(options.feature) {
  const NamedTensors tensors = read_weights(weights, options.map);
  try {
    info_ = model_info(tensors);
    if (info_.has_label_sets) thresholds_ = thresholds_of(info_);
    choose_preprocessing(options);
    pool5_from_weights_ = !options.pool5 && tensors.metadata("pool5");
    if (options.pool5) info_.network.pool5 = *options.pool5;
    model_ = std::make_unique<const C3d>(info_.network, parameters_);
    check_parameters(*model_, parameters_, parameters_of(tensors));
    check_finite(tensors);
    parameters_.allocate(backend, false);
    import_parameters(*model_, parameters_, backend, parameters_of(tensors), parameters_.all_values());
  } catch (Error& error) {
    error.add_context(fmt::format("while reading the weights {}", weights.string()));
    throw;
  }
  parameters_.values_changed(backend);
  mean_ = DeviceMean(backend, clip_input(info_, 1));
}

void Classifier::choose_preprocessing(const ClassifierOptions& options) {
  if (options.profile) choose_profile(info_, *options.profile);
  expect(info_.preprocessing_known, "the weights do not say how their frames are prepared; give --profile {}",
         fmt::join(profile_names(), ", "));
  if (!options.mean.empty()) set_mean(info_.preprocessing, options.mean, info_.network.clip_frames);
  check_clips(info_);
}

std::string Classifier::description() const {
  const C3dConfig& network = info_.network;
  return fmt::format("C3D of width {}, {} {}, pool5 {}{}; {} frames at stride {}; {}", network.width,
                     network.classes, info_.has_label_sets ? "labels, any number of them at once" : "classes",
                     to_string(network.pool5), pool5_from_weights_ ? " (as the weights say)" : "",
                     network.clip_frames, info_.frame_stride,
                     c3d::description(info_.preprocessing, network.crop));
}

std::int64_t Classifier::feature_size() const {
  switch (feature_) {
    case Feature::pool5:
      return model_->pool5_extent().volume() *
             scaled_channels(c3d_layer("conv5b").outputs, info_.network.width);
    case Feature::fc6:
      return scaled_channels(c3d_layer("fc6").outputs, info_.network.width);
    case Feature::fc7:
      return scaled_channels(c3d_layer("fc7").outputs, info_.network.width);
    case Feature::fc8:
    case Feature::probabilities:
      return info_.network.classes;
    case Feature::none:
      break;
  }
  return 0;
}

std::array<std::int64_t, 4> Classifier::feature_extents() const {
  if (feature_ != Feature::pool5) return {feature_size(), 1, 1, 1};
  const Extent3& extent = model_->pool5_extent();
  return {feature_size() / extent.volume(), extent.d, extent.h, extent.w};
}

Classifier::Program& Classifier::program(std::int64_t clips) {
  const auto found = programs_.find(clips);
  if (found != programs_.end()) return *found->second;
  if (programs_.size() == kPrograms) programs_.erase(programs_.begin());

  auto made = std::make_unique<Program>(backend_, parameters_);
  Tape& tape = made->tape;
  made->input = record_clip_input(tape, clip_input(info_, clips), mean_);
  const C3dValues values = model_->forward(tape, made->input.clip);
  tape.label("probabilities");
  made->probabilities = info_.has_label_sets ? sigmoid(tape, values.logits) : softmax(tape, values.logits);
  made->features = chosen(values, made->probabilities, feature_);
  const Var results[] = {made->probabilities, made->features};
  tape.compile(results);
  return *(programs_[clips] = std::move(made));
}

std::vector<float> Classifier::to_host(ConstTensor values) {
  const auto count = static_cast<std::size_t>(values.count());
  std::vector<float> result(count);
  if (values.type() == DType::f32) {
    backend_.copy(values, host_tensor(result.data(), values.shape()));
    backend_.synchronize();
  } else {
    std::vector<BFloat16> narrow(count);
    backend_.copy(values, host_tensor(narrow.data(), values.shape()));
    backend_.synchronize();
    std::ranges::transform(narrow, result.begin(), [](BFloat16 value) { return to_float(value); });
  }
  return result;
}

// From D H W C to C D H W, the order of PyTorch's flattened pool5.
std::vector<float> Classifier::channels_first(std::span<const float> pool5) const {
  const auto places = static_cast<std::size_t>(model_->pool5_extent().volume());
  const std::size_t channels = pool5.size() / places;
  std::vector<float> result(pool5.size());
  for (std::size_t place = 0; place < places; ++place) {
    for (std::size_t c = 0; c < channels; ++c) result[c * places + place] = pool5[place * channels + c];
  }
  return result;
}

std::vector<ClipScore> Classifier::classify(std::span<const Clip> clips) {
  const auto count = static_cast<std::int64_t>(clips.size());
  const ClipInput one = clip_input(info_, 1);
  const Shape clip_shape = one.frames_shape();
  Program& run = program(count);

  std::vector<std::int32_t> crops;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::vector<std::uint8_t>& frames = clips[static_cast<std::size_t>(i)].frames;
    expect(static_cast<std::int64_t>(frames.size()) == clip_shape.count(),
           "a clip has {} bytes, the network reads {}", frames.size(), clip_shape.count());
    backend_.copy(host_tensor(frames.data(), clip_shape), run.tape.tensor(run.input.frames).rows(i, 1));
    crops.insert(crops.end(), {one.clip.evaluation_top(), one.clip.evaluation_left(), 0});
  }
  backend_.copy(host_tensor(crops.data(), {count, 3}), run.tape.tensor(run.input.crops));
  backend_.replay(static_cast<std::uint64_t>(count), [&] { run.tape.forward(); });

  const std::vector<float> probabilities = to_host(run.tape.tensor(run.probabilities));
  std::vector<float> features;
  if (feature_ != Feature::none) features = to_host(run.tape.tensor(run.features));
  const auto row = [&](const std::vector<float>& all, std::size_t i) {
    return std::span(all).subspan(i * (all.size() / clips.size()), all.size() / clips.size());
  };
  std::vector<ClipScore> scores(clips.size());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto probability = row(probabilities, i), feature = row(features, i);
    scores[i].probabilities.assign(probability.begin(), probability.end());
    if (feature_ == Feature::pool5) {
      scores[i].features = channels_first(feature);
    } else {
      scores[i].features.assign(feature.begin(), feature.end());
    }
  }
  return scores;
}

}  // namespace c3d
