#include "c3d/training.h"

#include "c3d/training/cross_validation.h"
#include "c3d/training/public_reports.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/run_training.h"
#include "c3d/training/shipped_start.h"
#include "c3d/training/train_setting_table.h"
#include "engine/io/file.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

// From a run to a user's callbacks.
class CallbackObserver : public RunObserver, public MetricSink {
 public:
  explicit CallbackObserver(const TrainingCallbacks& callbacks) : callbacks_(callbacks) {}

  void enter(RunPhase) override {}
  void say(const std::string& lines) override {
    if (callbacks_.note) callbacks_.note(lines);
  }
  void reading(std::int64_t done, std::int64_t total) override {
    if (callbacks_.reading) callbacks_.reading(done, total);
  }
  bool stop_requested() override { return callbacks_.stop_requested && callbacks_.stop_requested(); }
  MetricSink& metrics() override { return *this; }
  void on_step(const StepReport& report) override {
    if (callbacks_.step) callbacks_.step(training_step(report));
  }
  void on_evaluation(const EvaluationReport& report) override {
    if (callbacks_.evaluation) callbacks_.evaluation(training_evaluation(report));
  }

 private:
  const TrainingCallbacks& callbacks_;
};

RunRequest request_of(const TrainingOptions& options) {
  RunRequest request;
  request.out = options.out;
  request.config = options.config;
  request.resume = options.resume;
  request.flags = options.settings;
  return request;
}

}  // namespace

std::filesystem::path starting_weights(const std::string& init) { return start_file(init); }

std::vector<SettingDescription> training_settings() {
  const auto defaults = parse_json(settings_json({}));
  std::vector<SettingDescription> all;
  for (const TrainSetting& setting : train_setting_table()) {
    const auto& value = defaults.at(setting.name);
    all.push_back({.name = setting.name,
                   .unit = setting.unit,
                   .default_value = value.is_string() ? value.get<std::string>() : dump_json(value),
                   .help = setting.help,
                   .choices = setting.choices,
                   .may_change = setting.may_change});
  }
  return all;
}

TrainingResult train(const TrainingOptions& options, const TrainingCallbacks& callbacks) {
  const RunRequest request = request_of(options);
  CallbackObserver observer(callbacks);
  const RunOutcome run = run_training(request, observer);
  const RunFolder folder(options.out);
  TrainingResult result;
  result.finished = run.ending == RunEnding::finished;
  result.step = run.state.step;
  result.total_steps = run.total_steps;
  result.best_step = run.state.best_step;
  if (run.state.best_step >= 0) result.best_top1 = run.state.best_top1;
  if (run.has_best) result.best = folder.best();
  if (file_identity(folder.last())) result.last = folder.last();
  result.labels = run.labels;
  return result;
}

CrossValidationResult cross_validate(const TrainingOptions& options, std::int64_t folds,
                                     const TrainingCallbacks& callbacks) {
  RunRequest request = request_of(options);
  request.folds = folds;
  CallbackObserver observer(callbacks);
  return run_cross_validation(request, observer).result;
}

}  // namespace c3d
