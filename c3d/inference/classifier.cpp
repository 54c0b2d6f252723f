#include "c3d/inference/classifier.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "c3d/common/mean_file.h"
#include "c3d/inference/clip_rows.h"
#include "engine/core/error.h"
#include "engine/ops/sigmoid_cross_entropy.h"
#include "engine/train/video_score.h"
#include "model/c3d_layers.h"
#include "model/weight_layout.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

constexpr std::size_t kPrograms = 2;
constexpr std::size_t kAlignment = 256;

Var chosen(const C3dValues& values, Var probabilities, Feature feature, bool before_relu) {
  switch (feature) {
    case Feature::pool5:
      return values.pool5;
    case Feature::fc6:
      return before_relu ? values.fc6_sums : values.fc6;
    case Feature::fc7:
      return before_relu ? values.fc7_sums : values.fc7;
    case Feature::fc8:
      return values.logits;
    case Feature::none:
    case Feature::probabilities:
      break;
  }
  return probabilities;
}

// Of a recorded step, see Backend::replay(): another one for each program.
std::uint64_t replay_number(std::int64_t rows, bool stores_crops, Feature feature) {
  constexpr std::uint64_t kFeatures = 8;
  return (2 * static_cast<std::uint64_t>(rows) + (stores_crops ? 1 : 0)) * kFeatures +
         static_cast<std::uint64_t>(feature);
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
    : backend_(backend), feature_(options.feature), before_relu_(options.before_relu) {
  const NamedTensors tensors = read_weights(weights, options.map);
  try {
    take(tensors, options);
  } catch (Error& error) {
    error.add_context(fmt::format("while reading the weights {}", weights.string()));
    throw;
  }
}

Classifier::Classifier(Backend& backend, const NamedTensors& weights, const ClassifierOptions& options)
    : backend_(backend), feature_(options.feature), before_relu_(options.before_relu) {
  take(weights, options);
}

void Classifier::take(const NamedTensors& weights, const ClassifierOptions& options) {
  info_ = model_info(weights);
  if (info_.has_label_sets) thresholds_ = thresholds_of(info_);
  choose_preprocessing(options);
  expect(backend_.precision() != Precision::fp8 || info_.activation_ranges,
         "the weights are not calibrated for fp8; run c3d_weights calibrate on them, with videos they were "
         "trained on");
  pool5_from_weights_ = !options.pool5 && weights.metadata("pool5");
  if (options.pool5) info_.network.pool5 = *options.pool5;
  model_ = std::make_unique<const C3d>(info_.network, parameters_);
  check_parameters(*model_, parameters_, parameters_of(weights));
  check_finite(weights);
  freeze();
  parameters_.allocate(backend_, false);
  import_parameters(*model_, parameters_, backend_, parameters_of(weights), parameters_.all_values());
  parameters_.values_changed(backend_);
  if (backend_.precision() == Precision::fp8) {
    e4m3_ = std::make_unique<const E4m3Network>(backend_, *model_, parameters_, *info_.activation_ranges);
  }
  mean_ = DeviceMean(backend_, clip_input(info_, 1));
}

// Nothing is trained here: a tape that asks for gradients of values computes none of the parameters'.
void Classifier::freeze() {
  for (const C3d::Layer& layer : model_->layers()) {
    parameters_.spec(layer.weight).trainable = false;
    parameters_.spec(layer.bias).trainable = false;
  }
}

void Classifier::choose_preprocessing(const ClassifierOptions& options) {
  if (options.preprocessing) {
    info_.preprocessing = *options.preprocessing;
    info_.preprocessing_known = true;
    return check_clips(info_);
  }
  if (options.profile) choose_profile(info_, *options.profile);
  expect(info_.preprocessing_known, "the weights do not say how their frames are prepared; give --profile {}",
         fmt::join(profile_names(), ", "));
  if (!options.mean.empty()) set_mean(info_.preprocessing, options.mean, info_.network.clip_frames);
  check_clips(info_);
}

std::string Classifier::description() const {
  const C3dConfig& network = info_.network;
  return fmt::format("C3D of width {}, {} {}, pool5 {}{}; {} frames at stride {}{}; {}", network.width,
                     network.classes, info_.has_label_sets ? "labels, any number of them at once" : "classes",
                     to_string(network.pool5), pool5_from_weights_ ? " (as the weights say)" : "",
                     network.clip_frames, info_.frame_stride,
                     info_.fps.is_given() ? fmt::format(" of {} a second", to_string(info_.fps)) : "",
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

C3dValues Classifier::record(Tape& tape, Var clip, Feature feature) const {
  if (e4m3_ == nullptr) return model_->forward(tape, clip, before_relu_);
  C3dValues values = e4m3_->forward(tape, clip, before_relu_);
  if (feature == Feature::pool5) values.pool5 = e4m3_->values(tape, values.pool5, "conv5b");
  if (feature == Feature::fc6) values.fc6 = e4m3_->values(tape, values.fc6, "fc6");
  return values;
}

std::shared_ptr<Classifier::Program> Classifier::program(const ProgramKey& key) {
  const auto found = programs_.find(key);
  if (found != programs_.end()) return found->second;
  if (programs_.size() == kPrograms) programs_.erase(programs_.begin());

  auto made = std::make_shared<Program>(backend_, parameters_);
  Tape& tape = made->tape;
  const auto& [rows, stores_crops, feature] = key;
  made->feature = feature;
  made->input = record_clip_input(tape, rows_input(info_, rows, stores_crops), mean_);
  const C3dValues values = record(tape, made->input.clip, feature);
  tape.label("probabilities");
  made->probabilities = info_.has_label_sets ? sigmoid(tape, values.logits) : softmax(tape, values.logits);
  made->features = chosen(values, made->probabilities, feature, before_relu_);
  const Var results[] = {made->probabilities, made->features};
  tape.compile(results);
  return programs_[key] = std::move(made);
}

std::vector<float> Classifier::channels_first(std::span<const float> pool5) const {
  const auto places = static_cast<std::size_t>(model_->pool5_extent().volume());
  const std::size_t channels = pool5.size() / places;
  std::vector<float> result(pool5.size());
  for (std::size_t place = 0; place < places; ++place) {
    for (std::size_t c = 0; c < channels; ++c) result[c * places + place] = pool5[place * channels + c];
  }
  return result;
}

Classifier::Transfer Classifier::make_transfer(const Program& program) {
  const Tape& tape = program.tape;
  const TensorSpec &places = tape.spec(program.input.crops),
                   &probabilities = tape.spec(program.probabilities), &features = tape.spec(program.features);
  const auto bytes = [](const TensorSpec& spec) {
    const std::size_t exact = static_cast<std::size_t>(spec.shape.count()) * size_of(spec.type);
    return (exact + kAlignment - 1) / kAlignment * kAlignment;
  };
  const bool has_features = program.feature != Feature::none;
  Transfer made;
  made.memory = backend_.allocate(bytes(places) + bytes(probabilities) + (has_features ? bytes(features) : 0),
                                  MemoryKind::pinned);
  made.places = made.memory.tensor(places.shape, places.type);
  made.probabilities = made.memory.tensor(probabilities.shape, probabilities.type, bytes(places));
  if (has_features) {
    made.features = made.memory.tensor(features.shape, features.type, bytes(places) + bytes(probabilities));
  }
  return made;
}

Classifier::Started Classifier::start(std::span<const Clip> clips, const ClipSpec& spec) {
  const auto rows = static_cast<std::int64_t>(clips.size()) * spec.crops;
  const ProgramKey key{rows, spec.stores_crops(), feature_};
  Started batch;
  batch.program_ = program(key);
  batch.clips_ = clips.size();
  batch.crops_ = static_cast<std::size_t>(spec.crops);
  Program& run = *batch.program_;
  if (run.free.empty()) run.free.push_back(make_transfer(run));
  batch.transfer_ = std::move(run.free.back());
  run.free.pop_back();

  load_rows(backend_, run.tape, run.input, info_, clips, spec, batch.transfer_.places);
  backend_.replay(std::apply(replay_number, key), [&] { run.tape.forward(); });
  backend_.copy(run.tape.tensor(run.probabilities), batch.transfer_.probabilities);
  if (run.feature != Feature::none) backend_.copy(run.tape.tensor(run.features), batch.transfer_.features);
  batch.done_ = backend_.record_event();
  return batch;
}

std::vector<ClipScore> Classifier::classify(std::span<const Clip> clips, const ClipSpec& spec) {
  return finish(start(clips, spec));
}

bool Classifier::is_done(const Started& batch) { return backend_.reached(batch.done_); }

std::vector<ClipScore> Classifier::finish(Started batch) {
  backend_.wait(batch.done_);
  const std::vector<float> probabilities = floats_of(batch.transfer_.probabilities);
  std::vector<float> features;
  const Feature feature = batch.program_->feature;
  if (feature != Feature::none) features = floats_of(batch.transfer_.features);
  batch.program_->free.push_back(std::move(batch.transfer_));
  const auto row = [&](const std::vector<float>& all, std::size_t i) {
    const std::size_t size = all.size() / (batch.clips_ * batch.crops_);
    return std::span(all).subspan(i * size, size);
  };
  std::vector<ClipScore> scores(batch.clips_);
  for (std::size_t i = 0; i < batch.clips_; ++i) {
    VideoScore mean(row(probabilities, 0).size());
    for (std::size_t crop = i * batch.crops_; crop < (i + 1) * batch.crops_; ++crop) {
      mean.add(row(probabilities, crop));
      add_feature(feature, row(features, crop), scores[i].features);
    }
    for (const double p : mean.probabilities()) scores[i].probabilities.push_back(static_cast<float>(p));
  }
  return scores;
}

void Classifier::add_feature(Feature feature, std::span<const float> values,
                             std::vector<float>& features) const {
  if (feature == Feature::pool5) {
    const std::vector<float> ordered = channels_first(values);
    features.insert(features.end(), ordered.begin(), ordered.end());
  } else {
    features.insert(features.end(), values.begin(), values.end());
  }
}

}  // namespace c3d
