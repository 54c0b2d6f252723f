#include "engine/train/clip_program.h"

#include <algorithm>

#include "engine/ops/normalize_clip.h"

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
                         const Network& network, const ClipInput& input, float label_smoothing)
    : backend_(backend), tape_(backend, parameters, mode) {
  const std::int64_t n = input.batch;
  const Shape mean_shape =
      input.mean_cube ? Shape{input.frames, input.source_height, input.source_width, 3} : Shape{3};
  const float* const mean_values = input.mean_cube ? input.mean_cube->data() : input.mean.data();
  mean_ = backend.allocate(static_cast<std::size_t>(mean_shape.count()) * sizeof(float), Place::device);
  const Tensor mean = mean_.tensor(mean_shape, DType::f32);
  backend.copy(host_tensor(mean_values, mean_shape), mean);
  backend.synchronize();
  frames_ = tape_.input({{n, input.frames, input.source_height, input.source_width, 3}, DType::u8});
  crops_ = tape_.input({{n, 3}, DType::i32});
  labels_ = tape_.input({{n}, DType::i32});
  tape_.label("input");
  const Var clip = normalize_clip(tape_, frames_, crops_, mean, input.normalisation, input.crop, input.crop);
  tape_.label("");
  const Var logits = network(tape_, clip);
  classes_ = tape_.spec(logits).shape[1];
  tape_.label("loss");
  values_ = softmax_cross_entropy(tape_, logits, labels_, label_smoothing);
  try {
    tape_.compile(std::array{values_.probabilities, values_.losses});
  } catch (OutOfMemory& error) {
    error.add_context(batch_advice(n, error.wanted_bytes(), error.available_bytes()));
    throw;
  }
}

void ClipProgram::upload(const Batch& batch) {
  const Tensor frames = tape_.tensor(frames_);
  expect(batch.frames_u8.shape() == frames.shape(), "a batch of {} came where {} was recorded",
         to_string(batch.frames_u8.shape()), to_string(frames.shape()));
  backend_.copy(batch.frames_u8, frames);
  backend_.copy(batch.crops_i32, tape_.tensor(crops_));
  backend_.copy(batch.labels_i32, tape_.tensor(labels_));
  uploaded_ = backend_.mark();
}

void ClipProgram::wait_for_upload() {
  if (uploaded_.state != nullptr) backend_.wait(uploaded_);
}

}  // namespace c3d
