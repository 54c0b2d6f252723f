#include "tools/c3d_bench/net.h"

#include <array>

#include "engine/core/philox.h"
#include "engine/io/safetensors.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "model/initialize.h"
#include "model/model_file.h"
#include "model/weight_layout.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

constexpr const char *kFrames = "frames", *kLabels = "labels";

C3dConfig config_of(const NetInput& input, std::optional<float> dropout) {
  C3dConfig config = input.network.config;
  if (dropout) config.dropout = *dropout;
  return config;
}

// The clips as they are given, or of the usual size.
ClipInput clip_input_of(const NetInput& input, const C3dConfig& network) {
  ModelInfo info;
  info.network = network;
  info.preprocessing.mean = {128, 128, 128};
  info.preprocessing.scale = 1.0f / 64;
  if (const NamedTensor* frames = input.clips.find(kFrames)) {
    const Shape& shape = frames->values.shape();
    info.network.clip_frames = shape[1];
    info.preprocessing.resize_height = static_cast<int>(shape[2]);
    info.preprocessing.resize_width = static_cast<int>(shape[3]);
  }
  return clip_input(info, input.network.batch);
}

void check_clips(const NetInput& input) {
  const ConstTensor frames = input.clips.at(kFrames).values, labels = input.clips.at(kLabels).values;
  expect(frames.type() == DType::u8 && frames.shape().rank() == 5 && frames.shape()[4] == 3,
         "frames are {} {}, not u8 [clips, frames, height, width, 3]", to_string(frames.type()),
         to_string(frames.shape()));
  expect(labels.type() == DType::i32 && labels.shape() == Shape{frames.shape()[0]},
         "labels are {} {}, not i32 [{}]", to_string(labels.type()), to_string(labels.shape()),
         frames.shape()[0]);
  expect(frames.shape()[0] >= input.network.batch, "there are {} clips, a batch takes {}", frames.shape()[0],
         input.network.batch);
}

}  // namespace

NetInput read_net_input(const BenchedNetwork& network, const std::filesystem::path& weights,
                        const std::filesystem::path& clips) {
  NetInput input;
  input.network = network;
  if (!weights.empty()) {
    input.weights = read_weights(weights);
    const ModelInfo info = model_info(input.weights);
    input.network.config = info.network;
    input.activation_ranges = info.activation_ranges;
  }
  if (clips.empty()) return input;
  input.clips = read_safetensors(clips);
  try {
    check_clips(input);
  } catch (Error& error) {
    error.add_context("while reading the clips " + clips.string());
    throw;
  }
  return input;
}

Net::Net(Backend& backend, Mode mode, const NetInput& input, std::optional<float> dropout)
    : backend_(backend), model_(config_of(input, dropout), parameters_), tape_(backend, parameters_, mode) {
  parameters_.allocate(backend, mode == Mode::train);
  load(input);
  record(input);
  if (mode == Mode::train) {
    velocity_ = backend.allocate(static_cast<std::size_t>(parameters_.element_count()) * sizeof(float),
                                 MemoryKind::device);
    norm_ = backend.allocate(sizeof(float), MemoryKind::device);
    backend.zero(velocity());
  }
  upload(input);
}

void Net::load(const NetInput& input) {
  if (input.weights.all().empty()) {
    initialize(model_, parameters_, backend_, Initialization::kaiming, 0);
  } else {
    import_parameters(model_, parameters_, backend_, parameters_of(input.weights), parameters_.all_values());
    parameters_.values_changed(backend_);
  }
  if (backend_.precision() != Precision::fp8) return;
  ActivationRanges ranges{};
  ranges.fill(kLargestE4M3);
  e4m3_ = std::make_unique<const E4m3Network>(backend_, model_, parameters_,
                                              input.activation_ranges.value_or(ranges));
}

void Net::record(const NetInput& input) {
  const ClipInput clips = clip_input_of(input, model_.config());
  mean_ = DeviceMean(backend_, clips);
  input_ = record_clip_input(tape_, clips, mean_);
  labels_ = tape_.input({{input.network.batch}, DType::i32});
  logits_ = (e4m3_ ? e4m3_->forward(tape_, input_.clip, false) : model_.forward(tape_, input_.clip)).logits;
  const Var result = tape_.mode() == Mode::train ? softmax_cross_entropy(tape_, logits_, labels_).losses
                                                 : softmax(tape_, logits_);
  tape_.compile(tape_.mode() == Mode::train ? std::vector{result} : std::vector{result, logits_});
}

void Net::upload(const NetInput& input) {
  const Tensor frames = tape_.tensor(input_.frames), crops = tape_.tensor(input_.crops),
               labels = tape_.tensor(labels_);
  const ClipSpec clip = clip_input_of(input, model_.config()).clip;
  std::vector<std::int32_t> corners;
  for (std::int64_t n = 0; n < input.network.batch; ++n) {
    corners.insert(corners.end(), {clip.evaluation_top(), clip.evaluation_left(), 0});
  }
  backend_.copy(host_tensor(corners.data(), crops.shape()), crops);
  if (input.clips.all().empty()) {
    upload_random();
  } else {
    backend_.copy(input.clips.at(kFrames).values.rows(0, input.network.batch), frames);
    backend_.copy(input.clips.at(kLabels).values.rows(0, input.network.batch), labels);
  }
  backend_.synchronize();
}

void Net::upload_random() {
  const Tensor frames = tape_.tensor(input_.frames), labels = tape_.tensor(labels_);
  std::vector<std::uint8_t> bytes(frames.bytes());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(philox(2, i, 0).word[0]);
  }
  std::vector<std::int32_t> truth;
  for (std::int64_t n = 0; n < labels.count(); ++n) {
    truth.push_back(static_cast<std::int32_t>(n % model_.config().classes));
  }
  backend_.copy(host_tensor(bytes.data(), frames.shape()), frames);
  backend_.copy(host_tensor(truth.data(), labels.shape()), labels);
  backend_.synchronize();
}

void Net::infer() {
  backend_.replay(1, [&] { tape_.forward(); });
}

void Net::begin_step() {
  // So small a rate that hundreds of steps leave the values, and so the work, as they are.
  backend_.begin_step({.seed = 1,
                       .step = step_++,
                       .learning_rate = 1e-8f,
                       .loss_scale = 1.0f / static_cast<float>(tape_.spec(labels_).shape[0])});
}

void Net::train_step() {
  begin_step();
  backend_.replay(2, [&] {
    tape_.forward();
    tape_.backward();
    const ConstTensor norm = norm_.tensor({1}, DType::f32);
    backend_.sum_of_squares(parameters_.all_gradients(), norm_.tensor({1}, DType::f32));
    const std::array whole{OptimizerRange{0, parameters_.element_count()}};
    backend_.optimizer_step({.momentum = 0.9f,
                             .weight_decay = 5e-4f,
                             .clip_norm = 2,
                             .gradient_norm_squared = norm,
                             .ranges = whole},
                            {.parameters_in_place = parameters_.all_values(),
                             .gradients = parameters_.all_gradients(),
                             .velocity_in_place = velocity(),
                             .bf16_copy = parameters_.all_bf16()});
  });
}

void Net::compute_gradients() {
  begin_step();
  tape_.forward();
  tape_.backward();
}

ConstTensor Net::logits() const { return tape_.tensor(logits_); }

NamedTensors Net::gradients() const {
  return export_parameters(model_, parameters_, backend_, parameters_.all_gradients());
}

}  // namespace c3d
