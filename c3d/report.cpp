#include "c3d/report.h"

#include <fstream>

#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/report/pictures.h"
#include "c3d/training/cross_validation_file.h"
#include "c3d/training/jsonl_sink.h"
#include "c3d/training/metric_table.h"
#include "c3d/training/public_reports.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/run_report.h"
#include "c3d/training/train_setting_table.h"
#include "engine/core/error.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace

RunReport read_run(const std::filesystem::path& run) {
  const RunFolder folder(run);
  expect(file_identity(folder.metrics()).has_value(), "{}: it holds no {}, which says how a training went",
         run, folder.metrics().filename());
  RunReport report;
  report.labels = lines_of(folder.labels());
  const MetricHistory history = read_metrics(folder.metrics());
  for (const StepReport& step : history.steps) report.steps.push_back(training_step(step));
  for (const EvaluationReport& evaluation : history.evaluations) {
    report.evaluations.push_back(training_evaluation(evaluation));
  }
  if (!report.evaluations.empty()) {
    report.evaluations.back().confusion = folder.read_confusion(report.labels.size());
  }
  return report;
}

std::filesystem::path write_report(const std::filesystem::path& run) {
  return write_run_report(RunFolder(run));
}

void write_metrics_table(const std::filesystem::path& run, const std::filesystem::path& csv) {
  const RunFolder folder(run);
  expect(
      file_identity(folder.metrics()).has_value(), "{}: it holds no {}, which says how a training went{}",
      run, folder.metrics().filename(),
      holds_cross_validation(run) ? "; it is a cross-validation: name a fold's folder, such as fold-1" : "");
  OutputGuard guard;
  for (const std::filesystem::path& file : folder.files()) {
    if (file_identity(file)) guard.add_input(file, "a file of the run");
  }
  if (file_identity(folder.config())) {
    for (const auto& [key, value] : read_settings(folder.config())) {
      if (find_setting(key).is_path) guard.add_input(value, "what the run was made of,");
    }
  }
  guard.add_output(csv, "the table of metrics");
  expect_ending("the table of metrics", csv, {".csv", ".txt"});
  write_metric_table(folder.metrics(), csv);
}

bool can_draw_pictures() { return can_draw(); }

void draw_training_curves(const RunReport& report, const std::filesystem::path& png) {
  MetricHistory history;
  for (const TrainingStep& step : report.steps) history.steps.push_back(step_report(step));
  for (const TrainingEvaluation& evaluation : report.evaluations) {
    history.evaluations.push_back(evaluation_report(evaluation));
  }
  draw_history(history, png);
}

void draw_confusion_matrix(const RunReport& report, const std::filesystem::path& png) {
  expect(report.evaluations.empty() || report.evaluations.back().labels.empty(),
         "the run has no confusion matrix: its videos have any number of labels each");
  expect(!report.evaluations.empty() && !report.evaluations.back().confusion.empty(),
         "the run has no confusion matrix, as it has evaluated nothing yet");
  draw_confusion_of(evaluation_report(report.evaluations.back()), report.labels, png);
}

}  // namespace c3d
