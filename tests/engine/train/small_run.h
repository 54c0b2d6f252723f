// A network and a data source small enough to train in milliseconds: clips of 2 frames of 6x7 pixels whose
// colour says their class.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

#include "engine/core/philox.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/dropout.h"
#include "engine/ops/linear.h"
#include "engine/ops/max_pool3d.h"
#include "engine/train/checkpoint.h"
#include "engine/train/trainer.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {

inline constexpr std::int64_t kClasses = 3, kFrames = 2, kHeight = 6, kWidth = 7, kCrop = 4;

// `clips` clips an epoch; clip i belongs to video i / clips_per_video.
class ColourSource : public BatchSource {
 public:
  ColourSource(std::int64_t clips, std::int64_t batch, std::int64_t clips_per_video = 1)
      : clips_(clips), n_(batch), clips_per_video_(clips_per_video) {
    frames_.resize(static_cast<std::size_t>(n_ * kFrames * kHeight * kWidth * 3));
    crops_.resize(static_cast<std::size_t>(n_ * 3));
    labels_.resize(static_cast<std::size_t>(n_));
    origins_.resize(static_cast<std::size_t>(n_));
  }
  std::int64_t batches_per_epoch() const override { return (clips_ + n_ - 1) / n_; }
  std::int64_t clips_per_epoch() const override { return clips_; }
  std::int64_t rows_per_batch() const override { return n_; }
  void start_epoch(int epoch, std::int64_t first_batch) override {
    epoch_ = epoch;
    next_clip_ = first_batch * n_;
  }
  const Batch* next() override {
    if (next_clip_ >= clips_) return nullptr;
    batch_ = {};
    for (std::int64_t row = 0; row < n_; ++row, ++next_clip_) fill(row);
    batch_.frames_u8 = host_tensor<const std::uint8_t>(frames_.data(), {n_, kFrames, kHeight, kWidth, 3});
    batch_.crops_i32 = host_tensor<const std::int32_t>(crops_.data(), {n_, 3});
    batch_.labels_i32 = host_tensor<const std::int32_t>(labels_.data(), {n_});
    batch_.origins = origins_;
    return &batch_;
  }

 private:
  void fill(std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    const bool counts = next_clip_ < clips_;
    const auto video = static_cast<std::int32_t>(next_clip_ / clips_per_video_);
    const auto key = static_cast<std::uint64_t>(epoch_ * 1000 + next_clip_);
    labels_[at] = counts ? video % static_cast<std::int32_t>(kClasses) : -1;
    origins_[at] = {counts ? video : -1, 0};
    const PhiloxBlock place = philox(key, 0, 1);
    crops_[3 * at] = static_cast<std::int32_t>(place.word[0] % (kHeight - kCrop + 1));
    crops_[3 * at + 1] = static_cast<std::int32_t>(place.word[1] % (kWidth - kCrop + 1));
    crops_[3 * at + 2] = static_cast<std::int32_t>(place.word[2] % 2);
    const std::size_t bytes = frames_.size() / static_cast<std::size_t>(n_);
    for (std::size_t i = 0; i < bytes; ++i) {
      const auto noise = static_cast<std::uint8_t>(philox(key, i, 2).word[0] % 100);
      const bool own_colour = static_cast<std::int32_t>(i % 3) == labels_[at];
      frames_[at * bytes + i] = static_cast<std::uint8_t>(counts ? noise + (own_colour ? 150 : 0) : 0);
    }
    if (counts) ++batch_.size;
  }

  std::int64_t clips_, n_, clips_per_video_;
  int epoch_ = 0;
  std::int64_t next_clip_ = 0;
  std::vector<std::uint8_t> frames_;
  std::vector<std::int32_t> crops_, labels_;
  std::vector<ClipOrigin> origins_;
  Batch batch_;
};

// conv + ReLU + pool, dropout, linear; started from Philox.
struct SmallNetwork {
  explicit SmallNetwork(Backend& on, float dropout = 0.5f) : backend(on), drop_probability(dropout) {
    filter = store.declare({.name = "conv.weight", .shape = {8, 3, 3, 3, 8}});
    filter_bias = store.declare({.name = "conv.bias", .shape = {8}});
    weight = store.declare({.name = "head.weight", .shape = {kClasses, 32}, .learning_rate_scale = 2});
    bias = store.declare({.name = "head.bias", .shape = {kClasses}, .weight_decay_scale = 0});
    store.allocate(backend, true);
    fill(filter, 8 * 27 * 8, 0.1f);
    fill(weight, kClasses * 32, 0.2f);
    store.values_changed(backend);
  }
  void fill(ParameterId id, std::int64_t count, float scale) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool is_colour = id.index != filter.index || i % 8 < 3;
      const float uniform = uniform_float(philox(static_cast<std::uint64_t>(id.index), i, 0).word[0]);
      values[i] = is_colour ? (uniform - 0.5f) * scale : 0.0f;
    }
    backend.copy(host_tensor(values.data(), store.master(id).shape()), store.master(id));
  }
  Network network() const {
    return [this](Tape& tape, Var clip) {
      Conv3dGeometry conv;
      conv.valid_input_channels = 3;
      tape.label("conv");
      const Var pooled = conv3d_relu_max_pool3d(tape, clip, tape.parameter(filter),
                                                tape.parameter(filter_bias), conv, Pool3dGeometry{});
      const Var flat = tape.reshape(pooled, {tape.spec(pooled).shape[0], 32});
      tape.label("dropout");
      const Var dropped = dropout(tape, flat, drop_probability);
      tape.label("head");
      return linear(tape, dropped, tape.parameter(weight), tape.parameter(bias));
    };
  }
  // The elements of a flat array, on the host.
  std::vector<float> read(ConstTensor flat) const {
    std::vector<float> values(static_cast<std::size_t>(flat.count()));
    backend.copy(flat, host_tensor(values.data(), flat.shape()));
    backend.synchronize();
    return values;
  }

  Backend& backend;
  float drop_probability;
  ParameterStore store;
  ParameterId filter, filter_bias, weight, bias;
};

inline TrainConfig small_config(std::int64_t steps) {
  TrainConfig config;
  config.input = {
      .batch = 6,
      .clip = {.clip_frames = kFrames, .resize_width = kWidth, .resize_height = kHeight, .crop = kCrop},
      .normalization = {ColourOrder::rgb, 1.0f / 64},
      .mean = {100, 100, 100}};
  config.schedule = {.kind = ScheduleKind::cosine, .rate = 0.05, .total_steps = steps, .warmup_steps = 2};
  config.optimizer = {.momentum = 0.9f, .weight_decay = 0.001f, .clip_norm = 2};
  config.seed = 7;
  return config;
}

// What a run tells.
struct Log : MetricSink {
  void on_step(const StepReport& report) override { steps.push_back(report); }
  void on_evaluation(const EvaluationReport& report) override { evaluations.push_back(report); }
  std::vector<StepReport> steps;
  std::vector<EvaluationReport> evaluations;
};

// The small network on the reference backend, and its trainer.
struct Run {
  explicit Run(const TrainConfig& config, float dropout = 0.5f)
      : network(*backend, dropout), trainer(*backend, network.store, network.network(), config) {
    trainer.add_sink(log);
  }
  std::vector<float> values() const { return network.read(network.store.all_values()); }

  std::unique_ptr<Backend> backend = make_reference_backend();
  SmallNetwork network;
  Trainer trainer;
  Log log;
};

// Snapshots go to `path`. Throws std::runtime_error("killed") after the step, whatever is saved by then.
inline void run_until_killed(Run& run, BatchSource& train, BatchSource& validation,
                             const std::filesystem::path& path, std::int64_t kill_after) {
  TrainHooks hooks;
  hooks.save = [&] {
    save_checkpoint(path, *run.backend, run.network.store, run.trainer.state_arrays(), run.trainer.state(),
                    {});
  };
  hooks.stop_requested = [&]() -> bool {
    if (run.trainer.state().step == kill_after) throw std::runtime_error("killed");
    return false;
  };
  run.trainer.run(train, &validation, hooks);
}

}  // namespace c3d
