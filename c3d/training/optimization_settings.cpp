#include "c3d/training/optimization_settings.h"

#include <algorithm>
#include <cmath>

#include "c3d/common/bad_request.h"
#include "c3d/training/target_settings.h"
#include "data/class_balance.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Without the number of classes, which the videos have. Empty where none are set, and where they follow from
// the videos.
std::vector<float> written_class_weights(const TrainSettings& s) {
  if (s.class_weights == kBalancedWeights) return {};
  std::vector<float> weights;
  for (const double weight : parse_numbers("class_weights", s.class_weights)) {
    expect(weight >= 0 && weight <= 1e6, "`class_weights` holds {}; a weight is from 0 to 1e6", weight);
    weights.push_back(static_cast<float>(weight));
  }
  expect(weights.empty() || std::ranges::any_of(weights, [](float weight) { return weight > 0; }),
         "`class_weights` are all 0, so that no clip would count; give one at least a weight");
  return weights;
}

std::vector<float> class_weights_of(const TrainSettings& s, const PreparedData& data) {
  if (s.class_weights == kBalancedWeights) {
    return balanced_class_weights(class_shares(data.train, data.clip, s.balance));
  }
  std::vector<float> weights = written_class_weights(s);
  expect(weights.empty() || weights.size() == data.train.labels.size(),
         "`class_weights` has {} numbers and the videos show {} classes; give one for each, in the order of "
         "their names, or auto",
         weights.size(), data.train.labels.size());
  return weights;
}

}  // namespace

OptimizerOptions optimizer_options(const TrainSettings& s) {
  return {.rule = s.optimizer == OptimizerRule::sgd ? s.sgd : s.optimizer,
          .momentum = static_cast<float>(s.momentum),
          .beta2 = static_cast<float>(s.beta2),
          .epsilon = static_cast<float>(s.epsilon),
          .weight_decay = static_cast<float>(s.weight_decay),
          .clip_norm = static_cast<float>(s.clip_norm)};
}

AverageOptions average_options(const TrainSettings& s) { return {.decay = s.ema, .warms_up = s.ema_warmup}; }

GradualUnfreezing unfreezing(const TrainSettings& s) {
  return {.every = s.unfreeze_every, .at_start = static_cast<int>(s.unfreeze_first)};
}

LossOptions loss_options(const TrainSettings& s, const PreparedData& data) {
  LossOptions loss;
  loss.targets = target_kind(s);
  loss.label_smoothing = static_cast<float>(s.label_smoothing);
  loss.focal_gamma = static_cast<float>(s.focal);
  loss.class_weights = class_weights_of(s, data);
  return loss;
}

void check_optimization(const TrainSettings& s) {
  expect_request(
      s.optimizer == OptimizerRule::sgd || s.sgd == OptimizerRule::sgd,
      "`sgd` is caffe, a convention of the optimizer sgd, and `optimizer` is {}; leave one of them out",
      to_string(s.optimizer));
  expect_request(
      s.optimizer != OptimizerRule::nesterov || s.momentum > 0,
      "`optimizer` is nesterov and `momentum` is 0; give it momentum, or choose the optimizer sgd");
  written_class_weights(s);
  expect_request(
      s.unfreeze_every == 0 || s.freeze.empty(),
      "`freeze` keeps {} from learning in the whole run, and `unfreeze_every` lets one layer after the other "
      "learn; leave one of them out",
      s.freeze);
  expect_request(
      s.unfreeze_every > 0 || s.unfreeze_first == 1,
      "`unfreeze_first` is {}, but without `unfreeze_every` all layers learn from the start; give that, too",
      s.unfreeze_first);
}

void check_new_optimization(const TrainSettings& s) {
  const std::string soft = s.label_smoothing > 0 ? "label_smoothing"
                           : !s.mixup.empty()    ? "mixup"
                           : !s.cutmix.empty()   ? "cutmix"
                                                 : "";
  expect_request(
      s.sgd != OptimizerRule::caffe || soft.empty(),
      "`sgd` is caffe, which trains as the original did, on one label a clip, and `{}` makes labels soft; "
      "leave one of them out",
      soft);
}

void check_against_data(const TrainSettings& s, const PreparedData& data) {
  class_weights_of(s, data);
  if (!data.validation.videos.empty()) return;
  expect_request(
      s.patience == 0,
      "`patience` waits for better evaluations, and no video validates: give --val or a validation_share, or "
      "leave it out");
  expect_request(
      s.best_by == BestBy::video_accuracy,
      "`best_by` chooses among evaluations, and no video validates: give --val or a validation_share, or "
      "leave it out");
}

}  // namespace c3d
