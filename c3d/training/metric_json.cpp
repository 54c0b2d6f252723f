#include "c3d/training/metric_json.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

// Null: no video shows the class.
Json json_of(const LabelResult& result) {
  Json json = {{"videos", result.videos},
               {"average_precision", nullptr},
               {"threshold", result.threshold},
               {"f1", result.f1}};
  if (result.average_precision >= 0) json["average_precision"] = result.average_precision;
  return json;
}

// What an evaluation of label sets has beside the others.
void add_label_sets(Json& json, const EvaluationReport& report) {
  json["mean_average_precision"] = report.mean_average_precision;
  json["clip_mean_average_precision"] = report.clip_mean_average_precision;
  json["labels"] = Json::array();
  for (const LabelResult& result : report.label_results) json["labels"].push_back(json_of(result));
}

}  // namespace

nlohmann::ordered_json metric_json(const StepReport& report) {
  return {{"event", "step"},
          {"step", report.step},
          {"epoch", report.epoch},
          {"loss", report.loss},
          {"accuracy", report.accuracy},
          {"gradient_norm", report.gradient_norm},
          {"learning_rate", report.learning_rate},
          {"clips_per_second", report.clips_per_second},
          {"seconds", report.seconds}};
}

nlohmann::ordered_json metric_json(const EvaluationReport& report) {
  Json classes = Json::array();
  for (const ClassResult& result : report.classes) classes.push_back({result.videos, result.correct});
  Json json = {{"event", "evaluation"},
               {"split", report.split},
               {"step", report.step},
               {"epoch", report.epoch},
               {"clips", report.clips},
               {"videos", report.videos},
               {"clip_loss", report.clip_loss},
               {"clip_accuracy", report.clip_accuracy},
               {"video_loss", report.video_loss},
               {"top1", report.top1},
               {"top5", report.top5}};
  if (!report.label_results.empty()) add_label_sets(json, report);
  json["classes_videos_correct"] = classes;
  json["seconds"] = report.seconds;
  return json;
}

}  // namespace c3d
