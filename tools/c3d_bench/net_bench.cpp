#include "tools/c3d_bench/net_bench.h"

#include <array>

#include "engine/core/philox.h"
#include "engine/ops/normalize_clip.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "model/c3d.h"
#include "model/initialize.h"

namespace c3d {
namespace {

constexpr std::int64_t kSourceHeight = 128, kSourceWidth = 171, kCropTop = 8, kCropLeft = 29;

class Net {
 public:
  Net(Backend& backend, Mode mode, std::int64_t batch)
      : backend_(backend), model_(C3dConfig{}, parameters_), tape_(backend, parameters_, mode) {
    parameters_.allocate(backend, mode == Mode::train);
    initialize(model_, parameters_, backend, Initialisation::kaiming, 0);
    mean_ = backend.allocate(3 * sizeof(float), Place::device);
    std::array<float, 3> mean{128, 128, 128};
    backend.copy(host_tensor(mean.data(), {3}), mean_.tensor({3}, DType::f32));

    frames_ = tape_.input({{batch, 16, kSourceHeight, kSourceWidth, 3}, DType::u8});
    crops_ = tape_.input({{batch, 3}, DType::i32});
    labels_ = tape_.input({{batch}, DType::i32});
    const Var clip =
        normalize_clip(tape_, frames_, crops_, mean_.tensor({3}, DType::f32), {.scale = 1.0f / 64}, 112, 112);
    const Var logits = model_.forward(tape_, clip).logits;
    const Var result =
        mode == Mode::train ? softmax_cross_entropy(tape_, logits, labels_).losses : softmax(tape_, logits);
    tape_.compile(std::array{result});
    if (mode == Mode::train) {
      velocity_ = backend.allocate(static_cast<std::size_t>(parameters_.element_count()) * sizeof(float),
                                   Place::device);
      norm_ = backend.allocate(sizeof(float), Place::device);
      backend.zero(velocity());
    }
    upload();
  }

  void infer() {
    backend_.replay(1, [&] { tape_.forward(); });
  }

  void train_step() {
    // So small a rate that hundreds of steps leave the values, and so the work, as they are.
    backend_.begin_step({.seed = 1,
                         .step = step_++,
                         .learning_rate = 1e-8f,
                         .loss_scale = 1.0f / static_cast<float>(tape_.spec(labels_).shape[0])});
    backend_.replay(2, [&] {
      tape_.forward();
      tape_.backward();
      const ConstTensor norm = norm_.tensor({1}, DType::f32);
      backend_.sum_of_squares(parameters_.all_gradients(), norm_.tensor({1}, DType::f32));
      const std::array whole{SgdRange{0, parameters_.element_count(), 1, 1}};
      backend_.sgd_step({.momentum = 0.9f,
                         .weight_decay = 5e-4f,
                         .clip_norm = 2,
                         .gradient_norm_squared = norm,
                         .ranges = whole},
                        parameters_.all_values(), parameters_.all_gradients(), velocity(),
                        parameters_.all_bf16());
    });
  }

  std::size_t arena_bytes() const { return tape_.arena_bytes(); }
  const ParameterStore& parameters() const { return parameters_; }
  std::size_t velocity_bytes() const { return velocity_.bytes(); }
  std::int64_t parameter_count() const { return model_.parameter_count(); }

 private:
  Tensor velocity() const { return velocity_.tensor({parameters_.element_count()}, DType::f32); }

  void upload() {
    const Tensor frames = tape_.tensor(frames_), crops = tape_.tensor(crops_), labels = tape_.tensor(labels_);
    std::vector<std::uint8_t> bytes(frames.bytes());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(philox(2, i, 0).word[0]);
    }
    std::vector<std::int32_t> corners, truth;
    for (std::int64_t n = 0; n < labels.count(); ++n) {
      corners.insert(corners.end(), {kCropTop, kCropLeft, 0});
      truth.push_back(static_cast<std::int32_t>(n % 101));
    }
    backend_.copy(host_tensor(bytes.data(), frames.shape()), frames);
    backend_.copy(host_tensor(corners.data(), crops.shape()), crops);
    backend_.copy(host_tensor(truth.data(), labels.shape()), labels);
    backend_.synchronize();
  }

  Backend& backend_;
  ParameterStore parameters_;
  C3d model_;
  Tape tape_;
  Buffer mean_, velocity_, norm_;
  Var frames_, crops_, labels_;
  std::uint64_t step_ = 0;
};

}  // namespace

void measure_net(Backend& backend, const Stopwatch& stopwatch, const NetChoice& choice,
                 Measurements& measurements) {
  const auto batch = static_cast<double>(measurements.batch);
  if (choice.inference) {
    Net net(backend, Mode::infer, measurements.batch);
    const double seconds = stopwatch.median_seconds([&] { net.infer(); });
    measurements.inference = {seconds / batch, net.arena_bytes(), backend.memory()};
    measurements.parameters = net.parameter_count();
    measurements.values_bytes = net.parameters().bytes();
  }
  if (choice.training) {
    Net net(backend, Mode::train, measurements.batch);
    const double seconds = stopwatch.median_seconds([&] { net.train_step(); });
    measurements.training = {seconds / batch, net.arena_bytes(), backend.memory()};
    measurements.parameters = net.parameter_count();
    measurements.gradients_bytes = net.parameters().all_gradients().bytes();
    measurements.values_bytes = net.parameters().bytes() - measurements.gradients_bytes;
    measurements.velocity_bytes = net.velocity_bytes();
  }
}

}  // namespace c3d
