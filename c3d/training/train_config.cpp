#include "c3d/training/train_config.h"

#include <algorithm>
#include <limits>

#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

// A run by default: enough passes for a large set, enough steps for a small one.
constexpr std::int64_t kDefaultEpochs = 30, kDefaultLeastSteps = 1200;
constexpr std::int64_t kMostSteps = 1'000'000'000'000, kMostEpochs = std::numeric_limits<int>::max();

std::int64_t total_steps(const TrainSettings& s, std::int64_t epoch) {
  expect(std::max(s.epochs, s.steps / epoch) <= kMostEpochs && s.epochs <= kMostSteps / epoch,
         "`{}` is {}, and an epoch has {} steps: nothing trains for more than {} steps or {} epochs",
         s.steps > 0 ? "steps" : "epochs", std::max(s.steps, s.epochs), epoch, kMostSteps, kMostEpochs);
  const std::int64_t total = s.steps > 0 ? s.steps : s.epochs * epoch;
  return total > 0 ? total : std::max(kDefaultEpochs * epoch, kDefaultLeastSteps);
}

int layers_above(const C3d& model, std::size_t layer) {
  return static_cast<int>(model.layers().size() - 1 - layer);
}

}  // namespace

std::vector<std::string> layer_names(const C3d& model, const std::string& key, const std::string& list) {
  std::vector<std::string> known;
  for (const C3d::Layer& layer : model.layers()) known.push_back(layer.name);
  std::vector<std::string> wanted = split_list(list);
  for (const std::string& name : wanted) {
    expect(std::find(known.begin(), known.end(), name) != known.end(),
           "`{}`: C3D has no layer `{}`; did you mean `{}`?", key, name, nearest(name, known));
  }
  return wanted;
}

void set_parameter_rules(const TrainSettings& s, const C3d& model, ParameterStore& parameters) {
  const std::vector<std::string> frozen = layer_names(model, "freeze", s.freeze);
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const C3d::Layer& layer = model.layers()[i];
    const int above = layers_above(model, i);
    const auto head = layer.name == kHeadLayer ? static_cast<float>(s.head_lr_scale) : 1.0f;
    const float rate = head * layer_rate_scale(s.layer_decay, above);
    ParameterSpec& weight = parameters.spec(layer.weight);
    ParameterSpec& bias = parameters.spec(layer.bias);
    weight.learning_rate_scale = rate;
    bias.learning_rate_scale = rate * static_cast<float>(s.bias_lr_scale);
    bias.weight_decay_scale = s.bias_decay ? 1.0f : 0.0f;
    weight.trainable = bias.trainable = std::find(frozen.begin(), frozen.end(), layer.name) == frozen.end();
    weight.trains_from = bias.trains_from = trains_from(unfreezing(s), above);
  }
}

TrainConfig train_config(const TrainSettings& s, const ModelInfo& info, const PreparedData& data,
                         std::int64_t batches) {
  const std::int64_t epoch = steps_per_epoch(batches, s.accumulate);
  const std::int64_t total = total_steps(s, epoch);
  TrainConfig config;
  config.input = clip_input(info, s.batch);
  config.input.clip = data.clip;  // as the loaders store it
  if (s.validation_crops > 1) config.evaluation_clip = evaluation_clip(s, data.clip);
  config.accumulate = s.accumulate;
  config.schedule = {.kind = s.schedule,
                     .rate = s.learning_rate,
                     .total_steps = total,
                     .warmup_steps = s.warmup_steps,
                     .every = s.schedule_every,
                     .milestones = parse_whole_numbers("milestones", s.milestones),
                     .gamma = s.gamma,
                     .final_rate = s.final_learning_rate};
  config.optimizer = optimizer_options(s);
  config.average = average_options(s);
  config.loss = loss_options(s, data);
  config.seed = static_cast<std::uint64_t>(s.seed);
  config.report_every = s.report_every;
  config.validate_every = s.validate_every > 0 ? s.validate_every : std::max(epoch, (total + 9) / 10);
  config.snapshot_every =
      s.snapshot_every > 0 ? s.snapshot_every : std::clamp<std::int64_t>(total / 20, 1, 200);
  config.best_by = s.best_by;
  config.patience = s.patience;
  return config;
}

std::string optimization_notes(const TrainSettings& s, const C3d& model, const TrainConfig& config,
                               const std::vector<std::string>& labels) {
  std::string notes;
  if (s.class_weights == kBalancedWeights) {
    const std::vector<float>& weights = config.loss.class_weights;
    const auto [least, most] = std::ranges::minmax_element(weights);
    const auto name = [&](auto weight) {
      return printable(labels[static_cast<std::size_t>(weight - weights.begin())]);
    };
    notes += fmt::format("class weights from {:.3g} ({}) to {:.3g} ({})\n", *least, name(least), *most,
                         name(most));
  }
  std::vector<std::string> late;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    if (trains_from(unfreezing(s), layers_above(model, i)) >= config.schedule.total_steps) {
      late.push_back(model.layers()[i].name);
    }
  }
  if (!late.empty()) {
    notes += fmt::format("note: the run of {} steps ends before {} would learn: unfreeze_every is {}\n",
                         config.schedule.total_steps, fmt::join(late, ", "), s.unfreeze_every);
  }
  return notes;
}

}  // namespace c3d
