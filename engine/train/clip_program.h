// A network recorded from stored frames to the loss, for batches of one size: the tape that Trainer replays
// to learn (with backward) and Evaluator to judge (without). Borrows backend and parameters; one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/ops/clip_input.h"
#include "engine/train/clip_loss.h"

namespace c3d {

// clip [N,D,crop,crop,8] -> logits [N,classes]
using Network = std::function<Var(Tape&, Var clip)>;

// The advice when a batch's values take wanted_bytes and fewer are there.
std::string batch_advice(std::int64_t batch, std::size_t wanted_bytes, std::size_t available_bytes);

class ClipProgram {
 public:
  ClipProgram(Backend& backend, const ParameterStore& parameters, Mode mode, const Network& network,
              const ClipInput& input, const LossOptions& loss);

  // Asynchronous where the batch is pinned: the batch must stay as it is until wait_for_upload() has
  // returned.
  void upload(const Batch& batch);
  void wait_for_upload();
  // A batch of padding alone. Waits until it is there.
  void upload_padding();

  Tape& tape() { return tape_; }
  std::size_t arena_bytes() const { return tape_.arena_bytes(); }
  std::int64_t classes() const { return classes_; }
  Tensor probabilities() const { return tape_.tensor(loss_->values().probabilities); }  // f32 [N,classes]
  Tensor losses() const { return tape_.tensor(loss_->values().losses); }                // f32 [N]

 private:
  Backend& backend_;
  DeviceMean mean_;
  Tape tape_;
  ClipVars input_;
  std::unique_ptr<ClipLoss> loss_;
  std::int64_t classes_ = 0;
  Event uploaded_;
};

}  // namespace c3d
