#include "c3d/training/jsonl_sink.h"

#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "c3d/common/json_line.h"
#include "c3d/training/metric_json.h"
#include "engine/core/error.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

double number(const Json& json, const char* key) {
  const auto value = json.find(key);
  if (value == json.end()) return 0;
  return value->is_number() ? value->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::int64_t whole_number(const Json& json, const char* key) {
  const auto value = json.find(key);
  return value != json.end() && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

std::string text(const Json& json, const char* key) {
  const auto value = json.find(key);
  return value != json.end() && value->is_string() ? value->get<std::string>() : "";
}

StepReport step_of(const Json& json) {
  StepReport report;
  report.step = whole_number(json, "step");
  report.epoch = static_cast<int>(whole_number(json, "epoch"));
  report.loss = number(json, "loss");
  report.accuracy = number(json, "accuracy");
  report.gradient_norm = number(json, "gradient_norm");
  report.learning_rate = number(json, "learning_rate");
  report.clips_per_second = number(json, "clips_per_second");
  report.seconds = number(json, "seconds");
  return report;
}

LabelResult label_result_of(const Json& json) {
  LabelResult result;
  if (!json.is_object()) return result;
  result.videos = whole_number(json, "videos");
  const auto precision = json.find("average_precision");
  if (precision != json.end() && precision->is_number()) result.average_precision = precision->get<double>();
  result.threshold = number(json, "threshold");
  result.f1 = number(json, "f1");
  return result;
}

void read_label_sets(const Json& json, EvaluationReport& report) {
  const auto labels = json.find("labels");
  if (labels == json.end() || !labels->is_array()) return;
  report.mean_average_precision = number(json, "mean_average_precision");
  report.clip_mean_average_precision = number(json, "clip_mean_average_precision");
  for (const Json& label : *labels) report.label_results.push_back(label_result_of(label));
}

EvaluationReport evaluation_of(const Json& json) {
  EvaluationReport report;
  report.split = text(json, "split");
  report.step = whole_number(json, "step");
  report.epoch = static_cast<int>(whole_number(json, "epoch"));
  report.clips = whole_number(json, "clips");
  report.videos = whole_number(json, "videos");
  report.clip_loss = number(json, "clip_loss");
  report.video_loss = number(json, "video_loss");
  report.clip_accuracy = number(json, "clip_accuracy");
  report.top1 = number(json, "top1");
  report.top5 = number(json, "top5");
  report.seconds = number(json, "seconds");
  read_label_sets(json, report);
  const auto classes = json.find("classes_videos_correct");
  if (classes == json.end() || !classes->is_array()) return report;
  for (const Json& pair : *classes) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_integer() || !pair[1].is_number_integer())
      continue;
    report.classes.push_back({pair[0].get<std::int64_t>(), pair[1].get<std::int64_t>()});
  }
  return report;
}

}  // namespace

JsonlSink::JsonlSink(const std::filesystem::path& path, std::uint64_t keep_bytes)
    : file_(path, O_RDWR | O_CREAT | O_APPEND) {
  const std::uint64_t bytes = file_.size();
  expect(bytes >= keep_bytes, "{}: it has {} bytes, but the run's state counts on {}; it was changed since",
         path, bytes, keep_bytes);
  if (bytes > keep_bytes) file_.truncate(keep_bytes);
}

void JsonlSink::on_step(const StepReport& report) { file_.write(json_line(metric_json(report))); }

void JsonlSink::on_evaluation(const EvaluationReport& report) { file_.write(json_line(metric_json(report))); }

std::uint64_t JsonlSink::synced_bytes() {
  file_.sync();
  return file_.size();
}

std::uint64_t whole_lines(const std::filesystem::path& path, std::uint64_t most) {
  if (!file_identity(path)) return 0;
  const File file(path, O_RDONLY);
  std::string text(static_cast<std::size_t>(std::min(most, file.size())), '\0');
  expect(file.read_at(0, std::as_writable_bytes(std::span(text))), "{}: it was cut while it was read", path);
  return text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
}

MetricHistory read_metrics(const std::filesystem::path& path) {
  MetricHistory history;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json json = try_parse_ordered_json(line);
    if (!json.is_object()) continue;
    const std::string event = text(json, "event");
    if (event == "step") history.steps.push_back(step_of(json));
    if (event == "evaluation") history.evaluations.push_back(evaluation_of(json));
  }
  return history;
}

}  // namespace c3d
