// An evaluation for programs.

#include "c3d/common/machine.h"
#include "c3d/evaluation.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"
#include "engine/train/video_score.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLikeliest = 5;  // classes of one of the worst videos

Json averages_json(const EvaluationAverages& averages) {
  return {{"precision", averages.precision}, {"recall", averages.recall}, {"f1", averages.f1}};
}

// What there is none of is null.
Json or_null(double value) { return value < 0 ? Json() : Json(value); }

Json class_json(const ClassEvaluation& one, bool has_label_sets) {
  Json json = {{"label", one.name},
               {"shown", one.shown},
               {"told", one.told},
               {"right", one.right},
               {"precision", one.precision},
               {"recall", one.recall},
               {"f1", one.f1},
               {"average_precision", or_null(one.average_precision)}};
  if (has_label_sets) json["threshold"] = one.threshold;
  return json;
}

Json calibration_json(const EvaluationCalibration& calibration) {
  Json reliability = Json::array();
  for (const ReliabilityBin& bin : calibration.bins) {
    reliability.push_back({{"count", bin.count}, {"probability", bin.probability}, {"right", bin.right}});
  }
  return {{"bins", calibration.bins.size()},
          {"error", calibration.error},
          {"temperature", calibration.temperature},
          {"loss_at_temperature", calibration.scaled_loss},
          {"error_at_temperature", calibration.scaled_error},
          {"reliability", reliability}};
}

Json numbers_json(const EvaluationNumbers& numbers, bool has_label_sets) {
  Json json = {{"count", numbers.count}, {"top1", numbers.top1}, {"top5", numbers.top5}};
  if (!has_label_sets) json["mean_class_accuracy"] = numbers.mean_class_accuracy;
  json["mean_average_precision"] = numbers.mean_average_precision;
  json["macro"] = averages_json(numbers.macro);
  json["weighted"] = averages_json(numbers.weighted);
  json["loss"] = numbers.loss;
  json["calibration"] = calibration_json(numbers.calibration);
  json["classes"] = Json::array();
  for (const ClassEvaluation& one : numbers.classes) {
    json["classes"].push_back(class_json(one, has_label_sets));
  }
  if (!has_label_sets) json["confusion"] = numbers.confusion;
  return json;
}

Json label_json(const Evaluation& evaluation, const JudgedVideo& video, int label) {
  const auto place = static_cast<std::size_t>(label);
  return {{"label", evaluation.labels.at(place)},
          {"index", label},
          {"probability", video.probabilities.at(place)}};
}

Json worst_json(const Evaluation& evaluation, const JudgedVideo& video) {
  Json truth = Json::array(), labels = Json::array();
  for (const int label : video.truth) truth.push_back(label_json(evaluation, video, label));
  for (const auto& [label, probability] : top_k(video.probabilities, kLikeliest)) {
    labels.push_back(label_json(evaluation, video, label));
  }
  return {{"file", json_name(video.file.native())},
          {"frames", video.frames},
          {"clips", video.clips},
          {"loss", video.loss},
          {"truth", truth},
          {"labels", labels}};
}

}  // namespace

std::string evaluation_json(const Evaluation& evaluation) {
  Json json = {{"data", json_name(evaluation.data.native())},
               {"weights", json_name(evaluation.weights.native())},
               {"network", evaluation.description},
               {"labels", evaluation.labels},
               {"label_sets", evaluation.has_label_sets},
               {"videos", numbers_json(evaluation.videos, evaluation.has_label_sets)},
               {"clips", numbers_json(evaluation.clips, evaluation.has_label_sets)},
               {"worst", Json::array()},
               {"failed", Json::array()}};
  for (const std::size_t place : evaluation.worst) {
    json["worst"].push_back(worst_json(evaluation, evaluation.judged.at(place)));
  }
  for (const JudgedVideo& video : evaluation.judged) {
    if (!video.error.empty()) {
      json["failed"].push_back({{"file", json_name(video.file.native())}, {"error", video.error}});
    }
  }
  json["program"] = commit();
  return dump_json(json, 1) + "\n";
}

}  // namespace c3d
