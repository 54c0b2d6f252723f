#include "engine/train/clip_program.h"

#include <algorithm>
#include <array>
#include <vector>

namespace c3d {

std::string batch_advice(std::int64_t batch, std::size_t wanted_bytes, std::size_t available_bytes) {
  // A tenth is left for what comes after: velocity, scratch memory, the evaluation.
  const double share = 0.9 * static_cast<double>(available_bytes) / static_cast<double>(wanted_bytes);
  const auto fits = std::min(static_cast<std::int64_t>(static_cast<double>(batch) * share), batch - 1);
  if (fits < 1)
    return fmt::format("for a batch of {}; not even one clip would fit: make the network narrower", batch);
  return fmt::format(
      "for a batch of {}; about {} would fit: batch {} with accumulate {} learns alike in less memory", batch,
      fits, fits, (batch + fits - 1) / fits);
}

ClipProgram::ClipProgram(Backend& backend, const ParameterStore& parameters, Mode mode,
                         const Network& network, const ClipInput& input, const LossOptions& loss)
    : backend_(backend), mean_(backend, input), tape_(backend, parameters, mode) {
  input_ = record_clip_input(tape_, input, mean_);
  const Var logits = network(tape_, input_.clip);
  classes_ = tape_.spec(logits).shape[1];
  tape_.label("loss");
  loss_ = std::make_unique<ClipLoss>(backend, tape_, logits, loss);
  try {
    tape_.compile(std::array{loss_->values().probabilities, loss_->values().losses});
  } catch (OutOfMemory& error) {
    error.add_context(batch_advice(input.batch, error.wanted_bytes(), error.available_bytes()));
    throw;
  }
}

void ClipProgram::upload(const Batch& batch) {
  const Tensor frames = tape_.tensor(input_.frames);
  expect(batch.frames_u8.shape() == frames.shape(), "a batch of {} came where {} was recorded",
         to_string(batch.frames_u8.shape()), to_string(frames.shape()));
  backend_.copy(batch.frames_u8, frames);
  backend_.copy(batch.crops_i32, tape_.tensor(input_.crops));
  loss_->upload(tape_, batch);
  uploaded_ = backend_.record_event();
}

void ClipProgram::upload_padding() {
  backend_.zero(tape_.tensor(input_.frames));
  backend_.zero(tape_.tensor(input_.crops));
  const std::int64_t rows = tape_.tensor(input_.frames).shape()[0];
  const std::vector<std::int32_t> labels(static_cast<std::size_t>(rows), -1);
  const std::vector<float> sets(static_cast<std::size_t>(rows * classes_), -1.0F);
  Batch padding;
  padding.labels_i32 = host_tensor(labels.data(), {rows});
  padding.label_sets = host_tensor(sets.data(), {rows, classes_});
  loss_->upload(tape_, padding);
  backend_.synchronize();
}

void ClipProgram::wait_for_upload() {
  if (uploaded_.state != nullptr) backend_.wait(uploaded_);
}

}  // namespace c3d
