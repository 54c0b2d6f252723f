// What a TrainSession says of itself: what is trained, in how much memory, disk and time.
#include <algorithm>
#include <cmath>

#include "c3d/common/duration.h"
#include "c3d/training/train_session.h"

namespace c3d {
namespace {

std::string megabytes(std::size_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

std::uint64_t TrainSession::disk_bytes() const {
  // State (values, velocity ...), last and best weights; the largest exists twice while it is replaced.
  const std::uint64_t values = parameters_.all_values().bytes();
  const std::uint64_t state = values * (1 + trainer_->state_arrays().size());
  constexpr std::uint64_t kRest = 48'000'000;  // pictures, the page, metrics, headers
  return state + values + values + state + kRest;
}

std::string TrainSession::description() const {
  std::string text = fmt::format("{} {}, {} training and {} validation videos\n", info_.labels.size(),
                                 info_.has_label_sets ? "labels, any number of them in a video" : "classes",
                                 data_.train.videos.size(), data_.validation.videos.size());
  text += fmt::format("C3D of width {}: {} parameters; clips of {} frames; {}\n", info_.network.width,
                      model_.parameter_count(), info_.network.clip_frames,
                      c3d::description(info_.preprocessing, info_.network.crop));
  text += fmt::format("{} steps of {} clips ({} an epoch)\n", config_.schedule.total_steps,
                      settings_.batch * settings_.accumulate,
                      steps_per_epoch(train_->batches_per_epoch(), settings_.accumulate));
  text += note_ + backend_.description();
  if (!ranks_.is_alone())
    text += fmt::format("\ngradients of {} ranks are summed {}", ranks_.size(), backend_.reduction());
  return text;
}

std::string TrainSession::why_over() const {
  const TrainState& state = trainer_->state();
  return fmt::format(
      "the run is over after step {} of {}: {} evaluations in a row were no better than that after step {}, "
      "{} (patience {}, best_by {})",
      state.step, config_.schedule.total_steps, state.evaluations_since_best, state.best_step,
      best_text(state, settings_.best_by), settings_.patience, to_string(settings_.best_by));
}

std::string TrainSession::estimate() {
  const double part = trainer_->measure_micro_batch(*train_);
  const TrainMemory memory = trainer_->memory();
  const double parts = static_cast<double>(config_.schedule.total_steps * settings_.accumulate);
  double seconds = part * parts;
  if (validation_) {
    // A forward pass alone is about a third of the three of training.
    const double evaluations = std::ceil(static_cast<double>(config_.schedule.total_steps) /
                                         static_cast<double>(config_.validate_every));
    seconds += evaluations * static_cast<double>(validation_->batches_per_epoch()) * part / 3;
  }
  return fmt::format(
      "memory: {} (activations {}, parameters and gradients {}, velocity{} {}{}, accumulation {}, packed "
      "copies {}{}, workspace {})\ndisk: {}\ntime: about {}, {:.2f} s a step",
      megabytes(memory.total()), megabytes(memory.arena), megabytes(memory.parameters_and_gradients),
      settings_.optimizer == OptimizerRule::adamw ? " and second moment" : "", megabytes(memory.optimizer),
      memory.average == 0 ? "" : fmt::format(", average {}", megabytes(memory.average)),
      megabytes(memory.accumulation), megabytes(memory.backend.packed_bytes),
      memory.backend.max_packed_bytes == 0
          ? ""
          : fmt::format(" of at most {}", megabytes(memory.backend.max_packed_bytes)),
      megabytes(memory.backend.workspace_bytes), megabytes(disk_bytes()), duration_text(seconds),
      part * static_cast<double>(settings_.accumulate));
}

}  // namespace c3d
