#include "c3d/training/predictions_file.h"

#include <cmath>
#include <exception>
#include <fstream>
#include <optional>

#include "c3d/common/json_line.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

Json labels_json(const std::vector<std::pair<int, double>>& pairs, const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const auto& [index, probability] : pairs) {
    list.push_back({{"label", names.at(static_cast<std::size_t>(index))},
                    {"index", index},
                    {"probability", probability}});
  }
  return list;
}

// What is no whole number makes its line one of something else.
std::int64_t whole_number(const Json& json) {
  expect(json.is_number_integer(), "no whole number");
  return json.get<std::int64_t>();
}

std::vector<std::pair<int, double>> pairs_of(const Json& list, std::size_t classes) {
  std::vector<std::pair<int, double>> pairs;
  for (const Json& label : list) {
    const std::int64_t index = whole_number(label.at("index"));
    const Json& probability = label.at("probability");
    if (index < 0 || index >= static_cast<std::int64_t>(classes) || !probability.is_number()) continue;
    pairs.emplace_back(static_cast<int>(index), probability.get<double>());
  }
  return pairs;
}

// A loss that is none, as JSON's null, stands before all others: its video is the worst.
double loss_of(const Json& json) { return json.is_number() ? json.get<double>() : HUGE_VAL; }

EvaluatedVideo video_of(const Json& json, std::size_t classes) {
  EvaluatedVideo video;
  video.path = name_of_json(json.at("file").get<std::string>());
  video.frames = whole_number(json.at("frames"));
  video.prediction.clips = whole_number(json.at("clips"));
  video.prediction.loss = loss_of(json.at("loss"));
  video.prediction.truth = pairs_of(json.at("truth"), classes);
  video.prediction.predictions = pairs_of(json.at("labels"), classes);
  return video;
}

void read_evaluation(const Json& json, Predictions& predictions) {
  predictions.step = whole_number(json.at("step"));
  predictions.has_label_sets = json.at("label_sets").get<bool>();
  for (const Json& bin : json.at("calibration")) {
    predictions.calibration.push_back(
        {whole_number(bin.at("count")), bin.at("probability").get<double>(), bin.at("right").get<double>()});
  }
}

}  // namespace

Json predictions_header(const EvaluationReport& evaluation, const Dataset& videos) {
  Json calibration = Json::array();
  for (const CalibrationBin& bin : evaluation.calibration) {
    calibration.push_back({{"count", bin.count}, {"probability", bin.probability}, {"right", bin.right}});
  }
  return {{"split", evaluation.split},
          {"step", evaluation.step},
          {"videos", evaluation.videos},
          {"label_sets", videos.has_label_sets},
          {"calibration", calibration}};
}

Json prediction_line(const VideoPrediction& prediction, const Dataset& videos) {
  const Video& video = videos.videos.at(static_cast<std::size_t>(prediction.video));
  return {{"file", json_name(video.path.native())},
          {"frames", video.frames},
          {"clips", prediction.clips},
          {"loss", prediction.loss},
          {"truth", labels_json(prediction.truth, videos.labels)},
          {"labels", labels_json(prediction.predictions, videos.labels)}};
}

void write_predictions(const std::filesystem::path& path, const EvaluationReport& evaluation,
                       const Dataset& videos) {
  std::string lines = json_line(predictions_header(evaluation, videos));
  for (const VideoPrediction& prediction : evaluation.predictions)
    lines += json_line(prediction_line(prediction, videos));
  write_file(path, lines);
}

Predictions read_predictions(const std::filesystem::path& path, std::size_t classes) {
  Predictions predictions;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json json = try_parse_ordered_json(line);
    if (!json.is_object()) continue;
    try {
      if (json.contains("file")) {
        EvaluatedVideo video = video_of(json, classes);
        const bool one_label = predictions.has_label_sets || video.prediction.truth.size() == 1;
        if (one_label && !video.prediction.predictions.empty())
          predictions.videos.push_back(std::move(video));
      } else {
        read_evaluation(json, predictions);
      }
    } catch (const std::exception&) {
      continue;  // a line of something else
    }
  }
  return predictions;
}

}  // namespace c3d
