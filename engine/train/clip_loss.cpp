#include "engine/train/clip_loss.h"

#include <numeric>

namespace c3d {

std::vector<float> balanced_class_weights(const std::vector<double>& clips_of_class) {
  const double clips = std::accumulate(clips_of_class.begin(), clips_of_class.end(), 0.0);
  double present = 0;
  for (const double count : clips_of_class) present += count > 0 ? 1 : 0;
  expect(present > 0, "class weights: there is not one clip");
  std::vector<float> weights;
  weights.reserve(clips_of_class.size());
  for (const double count : clips_of_class) {
    weights.push_back(count > 0 ? static_cast<float>(clips / (present * count)) : 1.0f);
  }
  return weights;
}

ClipLoss::ClipLoss(Backend& backend, Tape& tape, Var logits, const LossOptions& options)
    : backend_(backend),
      targets_(options.targets),
      rows_(tape.spec(logits).shape[0]),
      classes_(tape.spec(logits).shape[1]) {
  if (!options.class_weights.empty()) {
    expect(static_cast<std::int64_t>(options.class_weights.size()) == classes_,
           "training: {} class weights for {} classes", options.class_weights.size(), classes_);
    weight_memory_ = backend.allocate(options.class_weights.size() * sizeof(float), MemoryKind::device);
    weights_ = weight_memory_.tensor({classes_}, DType::f32);
    backend.copy(host_tensor(options.class_weights.data(), {classes_}), weights_);
    backend.synchronize();
  }
  if (options.targets == TargetKind::label_set) {
    record_sets(tape, logits, options);
  } else {
    record_labels(tape, logits, options);
  }
}

void ClipLoss::record_sets(Tape& tape, Var logits, const LossOptions& options) {
  expect(options.label_smoothing == 0 && options.focal_gamma == 0,
         "training: label smoothing and the focal loss are of clips with one label, not of label sets");
  sets_ = tape.input({{rows_, classes_}, DType::f32});
  values_ = sigmoid_cross_entropy(tape, logits, sets_, weights_);
}

void ClipLoss::record_labels(Tape& tape, Var logits, const LossOptions& options) {
  const CrossEntropyRule rule{.label_smoothing = options.label_smoothing,
                              .focal_gamma = options.focal_gamma,
                              .class_weights = weights_};
  const TensorSpec rows{{rows_}, DType::i32};
  labels_.labels = tape.input(rows);
  if (targets_ == TargetKind::label) {
    values_ = softmax_cross_entropy(tape, logits, labels_.labels, rule);
    return;
  }
  labels_.second_labels = tape.input(rows);
  labels_.mix = tape.input({{rows_}, DType::f32});
  values_ = softmax_cross_entropy(tape, logits, labels_, rule);
  unmixed_.assign(static_cast<std::size_t>(rows_), -1);
  whole_.assign(static_cast<std::size_t>(rows_), 1.0f);
}

void ClipLoss::upload(Tape& tape, const Batch& batch) {
  if (targets_ == TargetKind::label_set) {
    expect(!batch.label_sets.empty(), "training: a batch came without its label sets");
    backend_.copy(batch.label_sets, tape.tensor(sets_));
    return;
  }
  expect(targets_ == TargetKind::mixed_labels || batch.mix.empty(),
         "training: a batch is mixed, but its loss was recorded for single labels");
  backend_.copy(batch.labels_i32, tape.tensor(labels_.labels));
  if (targets_ == TargetKind::mixed_labels) upload_mix(tape, batch);
}

void ClipLoss::upload_mix(Tape& tape, const Batch& batch) {
  const bool is_mixed = !batch.mix.empty();
  const ConstTensor second = is_mixed ? batch.second_labels_i32 : host_tensor(unmixed_.data(), {rows_});
  const ConstTensor mix = is_mixed ? batch.mix : host_tensor(whole_.data(), {rows_});
  backend_.copy(second, tape.tensor(labels_.second_labels));
  backend_.copy(mix, tape.tensor(labels_.mix));
}

}  // namespace c3d
