// The loss at the end of a clip program: which targets a batch brings, and how the logits are judged by them.
// Owns the class weights on the device; borrows the backend, which it uses in the order of its queue.
#pragma once

#include <vector>

#include "engine/ops/sigmoid_cross_entropy.h"
#include "engine/train/batch_source.h"

namespace c3d {

enum class TargetKind : std::uint8_t {
  label,         // one class a clip: softmax
  mixed_labels,  // two classes and their shares: softmax; batches may bring second labels
  label_set      // any number of classes: a sigmoid each; batches bring label sets
};

struct LossOptions {
  TargetKind targets = TargetKind::label;
  float label_smoothing = 0, focal_gamma = 0;  // of the softmax, see CrossEntropyRule
  // One for each class, or none: all are 1. Of label sets they are positive weights.
  std::vector<float> class_weights = {};
};

// n / (k n_c) for a class with n_c of the n clips, where k classes have one (scikit-learn's "balanced"): rare
// classes count as much as frequent ones, and the mean weight over the clips is 1, so that a mean over clips
// is a weighted mean, too. Classes without a clip weigh 1. Clips are counted in any unit: shares will do.
std::vector<float> balanced_class_weights(const std::vector<double>& clips_of_class);

class ClipLoss {
 public:
  // Records the loss of the logits [N,classes] and its inputs.
  ClipLoss(Backend& backend, Tape& tape, Var logits, const LossOptions& options);

  void upload(Tape& tape, const Batch& batch);
  const CrossEntropyValues& values() const { return values_; }

 private:
  void record_sets(Tape& tape, Var logits, const LossOptions& options);
  void record_labels(Tape& tape, Var logits, const LossOptions& options);
  void upload_mix(Tape& tape, const Batch& batch);

  Backend& backend_;
  TargetKind targets_;
  std::int64_t rows_, classes_;
  Buffer weight_memory_;
  Tensor weights_;
  MixedLabels labels_;
  Var sets_;
  CrossEntropyValues values_;
  std::vector<std::int32_t> unmixed_;  // second labels of a batch that has none
  std::vector<float> whole_;           // and their mix
};

}  // namespace c3d
