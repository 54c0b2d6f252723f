#include "c3d/training/tensorboard_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include "c3d/common/shell_word.h"
#include "c3d/training/folds.h"
#include "c3d/training/metric_json.h"
#include "c3d/training/train_setting_table.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char *kTraining = "train", *kValidation = "validation";
constexpr const char* kSettingsTag = "settings";

std::string tag(const std::string& group, const std::string& key) { return group + "/" + key; }

// The numbers of an object but for its step: a null is a number that is not finite.
std::vector<EventScalar> numbers_of(const std::string& group, const Json& json) {
  std::vector<EventScalar> scalars;
  for (const auto& [key, value] : json.items()) {
    if (key != "step" && value.is_number()) scalars.push_back({tag(group, key), value.get<double>()});
  }
  return scalars;
}

std::string name_of_class(const std::vector<std::string>& labels, std::size_t index) {
  return index < labels.size() ? labels[index] : std::to_string(index);
}

// Markdown shows lines that begin with four blanks as they are.
std::string as_code(const std::string& text) {
  std::string code;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) code += "    " + line + "\n";
  return code;
}

std::vector<std::string> result_tags(bool has_label_sets) {
  std::vector<std::string> tags;
  for (const char* key : {"top1", "clip_accuracy", "video_loss", "clip_loss"})
    tags.push_back(tag(kValidation, key));
  if (has_label_sets) {
    tags.insert(tags.begin(), {tag(kValidation, "mean_average_precision"),
                               tag(kValidation, "clip_mean_average_precision")});
  }
  for (const char* key : {"loss", "accuracy"}) tags.push_back(tag(kTraining, key));
  return tags;
}

bool is_same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Of two series by step, the first step at which they differ.
std::optional<std::int64_t> first_difference(const std::map<std::int64_t, float>& a,
                                             const std::map<std::int64_t, float>& b) {
  auto one = a.begin(), other = b.begin();
  for (; one != a.end() && other != b.end(); ++one, ++other) {
    if (one->first != other->first || !is_same(one->second, other->second)) {
      return std::min(one->first, other->first);
    }
  }
  if (one != a.end()) return one->first;
  if (other != b.end()) return other->first;
  return std::nullopt;
}

std::map<std::int64_t, float> shown_series(const ShownEvents& shown, const std::string& name) {
  const auto found = shown.scalars.find(name);
  return found == shown.scalars.end() ? std::map<std::int64_t, float>() : found->second;
}

}  // namespace

fs::path event_folder(const TrainSettings& settings, const RunFolder& folder) {
  if (settings.tensorboard.empty()) return {};
  if (settings.tensorboard == kRunEvents) return folder.path() / "tensorboard";
  const std::optional<FoldChoice> fold = fold_of(settings);
  return fold ? fs::path(settings.tensorboard) / fmt::format("fold-{}", fold->fold)
              : fs::path(settings.tensorboard);
}

std::vector<EventScalar> event_scalars(const StepReport& report) {
  return numbers_of(kTraining, metric_json(report));
}

std::vector<EventScalar> event_scalars(const EvaluationReport& report,
                                       const std::vector<std::string>& labels) {
  std::vector<EventScalar> scalars = numbers_of(report.split, metric_json(report));
  const auto add = [&](const char* what, std::size_t label, double value) {
    scalars.push_back({tag(report.split + "_" + what, name_of_class(labels, label)), value});
  };
  for (std::size_t i = 0; i < report.label_results.size(); ++i) {
    const LabelResult& result = report.label_results[i];
    if (result.average_precision >= 0) add("average_precision", i, result.average_precision);
    add("threshold", i, result.threshold);
    add("f1", i, result.f1);
  }
  if (!report.label_results.empty()) return scalars;
  for (std::size_t i = 0; i < report.classes.size(); ++i) {
    const ClassResult& result = report.classes[i];
    if (result.videos == 0) continue;
    add("class_accuracy", i, static_cast<double>(result.correct) / static_cast<double>(result.videos));
  }
  return scalars;
}

std::vector<HyperParameter> hyperparameters(const TrainSettings& settings) {
  const auto values = parse_ordered_json(settings_json(settings)),
             defaults = parse_ordered_json(settings_json({}));
  std::vector<HyperParameter> all;
  for (const TrainSetting& setting : train_setting_table()) {
    const Json& value = values.at(setting.name);
    HyperParameter parameter{
        .name = setting.name,
        .description = setting.unit.empty() ? setting.help : setting.unit + " " + setting.help,
        .value = 0.0,
        .differs = value != defaults.at(setting.name)};
    if (value.is_boolean()) parameter.value = value.get<bool>();
    if (value.is_number()) parameter.value = value.get<double>();
    if (value.is_string()) parameter.value = value.get<std::string>();
    all.push_back(parameter);
  }
  std::ranges::stable_partition(all, &HyperParameter::differs);
  return all;
}

std::optional<std::int64_t> first_difference(const ShownEvents& shown, const MetricHistory& kept) {
  std::map<std::int64_t, float> steps, evaluations;
  for (const StepReport& report : kept.steps) steps[report.step] = static_cast<float>(report.loss);
  for (const EvaluationReport& report : kept.evaluations) {
    evaluations[report.step] = static_cast<float>(report.clip_loss);
  }
  const auto of_steps = first_difference(shown_series(shown, tag(kTraining, "loss")), steps);
  const auto of_evaluations =
      first_difference(shown_series(shown, tag(kValidation, "clip_loss")), evaluations);
  if (of_steps && of_evaluations) return std::min(*of_steps, *of_evaluations);
  return of_steps ? of_steps : of_evaluations;
}

TensorBoardLog::TensorBoardLog(fs::path folder, std::vector<std::string> labels,
                               std::function<void(const std::string&)> note)
    : folder_(std::move(folder)), labels_(std::move(labels)), note_(std::move(note)) {}

void TensorBoardLog::attempt(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    if (!failed_) {
      const auto* ours = dynamic_cast<const Error*>(&error);
      note_(fmt::format("note: TensorBoard's event files lack something, the run goes on without it: {}",
                        ours != nullptr ? ours->message() : printable(error.what())));
    }
    failed_ = true;
  }
}

void TensorBoardLog::start(const TrainSettings& settings, const MetricHistory& kept, double seconds,
                           const std::function<std::string()>& clips_png) {
  attempt([&] {
    const ShownEvents shown = read_events(folder_);
    is_finished_ = shown.other_tags.contains("_hparams_/session_end_info");
    const std::int64_t next = kept.steps.empty() ? 1 : kept.steps.back().step + 1;
    const std::int64_t from = first_difference(shown, kept).value_or(next);
    // A run that was over is read again, and says nothing new.
    if (is_finished_ && from == next) return;
    EventWriter& writer = writer_.emplace(folder_, shown.has_files ? std::optional(from) : std::nullopt);
    note_("TensorBoard shows this run: tensorboard --logdir " + shell_word(folder_.string()));
    if (!shown.other_tags.contains(kSettingsTag)) describe(writer, settings, clips_png);
    add_missing(writer, kept, from, seconds);
  });
}

void TensorBoardLog::describe(EventWriter& writer, const TrainSettings& settings,
                              const std::function<std::string()>& clips_png) {
  writer.add_hyperparameters(hyperparameters(settings), result_tags(settings.label_sets));
  writer.add_text(0, kSettingsTag, as_code(settings_json(settings)));
  if (clips_png) attempt([&] { writer.add_picture(0, tag(kTraining, "clips"), clips_png()); });
}

void TensorBoardLog::add_missing(EventWriter& writer, const MetricHistory& kept, std::int64_t from,
                                 double seconds) {
  const double began = wall_clock_seconds() - seconds;
  double at = began;
  auto evaluation = kept.evaluations.begin();
  const auto add_evaluations_before = [&](std::int64_t step) {
    for (; evaluation != kept.evaluations.end() && evaluation->step < step; ++evaluation) {
      if (evaluation->step < from) continue;
      writer.add_scalars(evaluation->step, at, event_scalars(*evaluation, labels_));
    }
  };
  for (const StepReport& report : kept.steps) {
    add_evaluations_before(report.step);
    at = began + report.seconds;
    if (report.step >= from) writer.add_scalars(report.step, at, event_scalars(report));
  }
  add_evaluations_before(std::numeric_limits<std::int64_t>::max());
}

void TensorBoardLog::on_step(const StepReport& report) {
  if (!writer_) return;
  attempt([&] { writer_->add_scalars(report.step, wall_clock_seconds(), event_scalars(report)); });
}

void TensorBoardLog::on_evaluation(const EvaluationReport& report) {
  if (!writer_) return;
  attempt([&] { writer_->add_scalars(report.step, wall_clock_seconds(), event_scalars(report, labels_)); });
}

void TensorBoardLog::add_confusion(std::int64_t step, const std::string& png) {
  if (!writer_) return;
  attempt([&] { writer_->add_picture(step, tag(kValidation, "confusion_matrix"), png); });
}

void TensorBoardLog::sync() {
  if (!writer_) return;
  attempt([&] { writer_->sync(); });
}

void TensorBoardLog::finish() {
  if (!writer_ || is_finished_) return;
  attempt([&] { writer_->add_success(); });
}

}  // namespace c3d
