#include "tools/c3d_train/run_folder.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/train/metrics.h"
#include "tools/draw/pictures.h"
#include "tools/shared/jsonl_sink.h"

namespace c3d {
namespace {

constexpr std::size_t kCurvePoints = 200;

// Means over equal stretches of the run: single steps jump too much to be read.
Curve smooth_curve(const std::string& name, const std::vector<StepReport>& steps, double StepReport::*value) {
  Curve curve{name, {}};
  const std::size_t stretch = std::max<std::size_t>(1, (steps.size() + kCurvePoints - 1) / kCurvePoints);
  for (std::size_t first = 0; first < steps.size(); first += stretch) {
    RunningMean mean;
    const std::size_t end = std::min(steps.size(), first + stretch);
    for (std::size_t i = first; i < end; ++i) mean.add(steps[i].*value);
    curve.points.emplace_back(static_cast<double>(steps[end - 1].step), mean.mean());
  }
  return curve;
}

Curve evaluation_curve(const std::string& name, const std::vector<EvaluationReport>& evaluations,
                       double EvaluationReport::*value) {
  Curve curve{name, {}};
  for (const EvaluationReport& report : evaluations) {
    curve.points.emplace_back(static_cast<double>(report.step), report.*value);
  }
  return curve;
}

// Quotes as RFC 4180 wants them.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    quoted += letter;
    if (letter == '"') quoted += '"';
  }
  return quoted + "\"";
}

}  // namespace

std::vector<std::filesystem::path> RunFolder::files() const {
  return {config(),
          labels(),
          metrics(),
          last(),
          best(),
          state(),
          path_ / "confusion.csv",
          path_ / "confusion.png",
          path_ / "curves.png"};
}

bool RunFolder::holds_run() const {
  const auto files = {config(), metrics(), state(), last()};
  return std::any_of(files.begin(), files.end(),
                     [](const auto& file) { return std::filesystem::exists(file); });
}

void RunFolder::prepare(const std::string& config_json, const std::vector<std::string>& label_names,
                        std::uint64_t needed_bytes) const {
  std::error_code failure;
  std::filesystem::create_directories(path_, failure);
  expect(!failure, "{}: cannot make the run's folder: {}", path_.string(), failure.message());
  std::uint64_t room = std::filesystem::space(path_).available;
  for (const auto& file : {last(), best(), state()}) {
    if (std::filesystem::exists(file)) room += std::filesystem::file_size(file);
  }
  expect(
      room >= needed_bytes,
      "{}: the run's files need {:.1f} MB and the disk has {:.1f} MB left; free some or choose another --out",
      path_.string(), static_cast<double>(needed_bytes) / 1e6, static_cast<double>(room) / 1e6);
  write_file(config(), config_json);
  write_file(labels(), fmt::format("{}\n", fmt::join(label_names, "\n")));
}

void RunFolder::write_confusion(const EvaluationReport& report,
                                const std::vector<std::string>& label_names) const {
  std::string csv = "truth \\ predicted";
  for (const std::string& label : label_names) csv += "," + csv_field(label);
  for (std::size_t truth = 0; truth < report.confusion.size(); ++truth) {
    csv += fmt::format("\n{},{}", csv_field(label_names.at(truth)), fmt::join(report.confusion[truth], ","));
  }
  write_file(path_ / "confusion.csv", csv + "\n");
  if (!can_draw()) return;
  draw_confusion(
      path_ / "confusion.png", label_names, report.confusion,
      fmt::format("{} videos after step {}: {:.1f} % right", report.videos, report.step, 100 * report.top1));
}

void RunFolder::draw_curves() const {
  if (!can_draw()) return;
  const MetricHistory history = read_metrics(metrics());
  if (history.steps.empty()) return;
  Chart loss{.title = "Loss", .x_label = "step", .y_label = "cross-entropy", .curves = {}};
  Chart accuracy{.title = "Accuracy", .x_label = "step", .y_label = "share right", .curves = {}, .y_to = 1};
  loss.curves.push_back(smooth_curve("training clips", history.steps, &StepReport::loss));
  accuracy.curves.push_back(smooth_curve("training clips", history.steps, &StepReport::accuracy));
  if (!history.evaluations.empty()) {
    const auto& evaluations = history.evaluations;
    loss.curves.push_back(evaluation_curve("validation clips", evaluations, &EvaluationReport::clip_loss));
    loss.curves.push_back(evaluation_curve("validation videos", evaluations, &EvaluationReport::video_loss));
    accuracy.curves.push_back(
        evaluation_curve("validation clips", evaluations, &EvaluationReport::clip_accuracy));
    accuracy.curves.push_back(evaluation_curve("validation videos", evaluations, &EvaluationReport::top1));
  }
  draw_charts(path_ / "curves.png", {loss, accuracy});
}

std::string class_table(const EvaluationReport& report, const std::vector<std::string>& labels) {
  std::size_t width = 5;
  for (const std::string& label : labels) width = std::max(width, label.size());
  std::string table = fmt::format("{:<{}}  videos  right\n", "class", width);
  for (std::size_t i = 0; i < report.classes.size(); ++i) {
    const ClassResult& result = report.classes[i];
    const double share =
        result.videos == 0 ? 0
                           : 100.0 * static_cast<double>(result.correct) / static_cast<double>(result.videos);
    table += fmt::format("{:<{}}  {:>6}  {:>4.0f} %\n", labels.at(i), width, result.videos, share);
  }
  return table;
}

}  // namespace c3d
