// What Trainer says to the other ranks, but for gradients.
#include <algorithm>

#include "engine/distributed/gradient_exchange.h"
#include "engine/train/trainer.h"

namespace c3d {

bool Trainer::agree(bool stop) {
  if (ranks_.is_alone()) return stop;
  const std::vector<std::string> stops = ranks_.all_gather(stop ? "1" : "");
  return std::ranges::any_of(stops, [](const std::string& text) { return !text.empty(); });
}

StepShare Trainer::own_share() {
  const std::int64_t rows = remembered_ * config_.input.batch;
  const Tensor losses = host_losses_.tensor({rows}, DType::f32);
  const Tensor probabilities = host_probabilities_.tensor({rows, program_.classes()}, DType::f32);
  backend_.copy(losses_.tensor(losses.shape(), DType::f32), losses);
  backend_.copy(probabilities_.tensor(probabilities.shape(), DType::f32), probabilities);
  backend_.synchronize();
  StepShare share;
  share.losses.resize(step_parts_.size());
  std::int64_t row = 0;
  for (std::size_t step = 0; step < step_parts_.size(); ++step) {
    for (const std::int64_t end = row + step_parts_[step] * config_.input.batch; row < end; ++row) {
      if (labels_[static_cast<std::size_t>(row)] >= 0) share.losses[step].push_back(losses.as<float>()[row]);
    }
  }
  if (rows > 0) {
    share.correct = label_sets_.empty()
                        ? top_k_correct(probabilities, host_tensor(labels_.data(), {rows}), 1)
                        : first_in_set(probabilities, host_tensor(label_sets_.data(), probabilities.shape()));
  }
  if (!ranks_.is_alone()) {
    share.parameters = checksum(backend_, parameters_.all_values(), squares_.tensor({1}, DType::f32));
  }
  remembered_ = 0;
  step_parts_.clear();
  return share;
}

void Trainer::measure(BatchSource& train, BatchSource* validation) {
  measure_micro_batch(train);
  if (validation != nullptr) evaluator_.measure(*validation);
}

void Trainer::follow_lead() {
  broadcast(ranks_, backend_, parameters_.all_values());
  for (const StateArray& array : state_arrays()) broadcast(ranks_, backend_, array.values);
  static_assert(std::is_trivially_copyable_v<TrainState>);
  ranks_.broadcast(std::as_writable_bytes(std::span(&state_, 1)));
  parameters_.values_changed(backend_);
  if (state_.step > 0) unsaved_ = false;
}

}  // namespace c3d
