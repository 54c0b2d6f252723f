#include "c3d/evaluation/evaluation_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "c3d/common/json_line.h"
#include "c3d/common/shell_word.h"
#include "c3d/report/pages/evaluation_page.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_videos.h"
#include "c3d/report/pictures.h"
#include "c3d/training/predictions_file.h"
#include "c3d/training/run_folder.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// As predictions.jsonl of a run, each video with the probabilities of all classes. Those that failed come
// last.
std::string predictions_of(const Evaluation& evaluation, const EvaluationReport& report,
                           const Dataset& data) {
  std::string lines = json_line(predictions_header(report, data));
  for (const VideoPrediction& prediction : report.predictions) {
    Json line = prediction_line(prediction, data);
    line["probabilities"] = evaluation.judged.at(static_cast<std::size_t>(prediction.video)).probabilities;
    lines += json_line(line);
  }
  for (const JudgedVideo& video : evaluation.judged) {
    if (video.error.empty()) continue;
    lines += json_line({{"file", json_name(video.file.native())}, {"error", video.error}});
  }
  return lines;
}

void draw_reliability(const fs::path& png, const EvaluationCalibration& calibration) {
  Curve ideal{.name = "right as often as they say", .points = {{0, 0}, {1, 1}}};
  Curve given{.name = fmt::format("as they are, error {:.3f}", calibration.error), .points = {}};
  for (const ReliabilityBin& bin : calibration.bins) {
    if (bin.count > 0) given.points.emplace_back(bin.probability, bin.right);
  }
  draw_charts(png, {{.title = "Calibration",
                     .x_label = "mean probability of a bin",
                     .y_label = "share right",
                     .curves = {ideal, given},
                     .y_to = 1}});
}

std::vector<Tile> tiles_of(const Evaluation& evaluation) {
  const EvaluationNumbers &videos = evaluation.videos, &clips = evaluation.clips;
  std::vector<Tile> tiles = {
      {"Top-1", percent_text(videos.top1), count_text(videos.count, "video")},
      {"Top-5", percent_text(videos.top5), ""},
      {"Mean average precision", percent_text(videos.mean_average_precision), ""},
      {"F1", fmt::format("{:.3f}", videos.macro.f1), fmt::format("weighted {:.3f}", videos.weighted.f1)},
      {"Loss", fmt::format("{:.4g}", videos.loss), "cross-entropy"},
      {"Calibration error", fmt::format("{:.3f}", videos.calibration.error),
       fmt::format("{:.3f} at the temperature {:.3g}", videos.calibration.scaled_error,
                   videos.calibration.temperature)},
      {"Clips right", percent_text(clips.top1), count_text(clips.count, "clip")}};
  if (!evaluation.has_label_sets) {
    tiles.insert(tiles.begin() + 2,
                 Tile{"Mean class accuracy", percent_text(videos.mean_class_accuracy), ""});
  }
  return tiles;
}

EvaluationPageFacts page_facts(const Evaluation& evaluation, const TallyFacts& facts, const Dataset& data) {
  EvaluationPageFacts page;
  RunFacts& run = page.run;
  run.name = "Evaluation of " + evaluation.weights.filename().string();
  run.has_label_sets = evaluation.has_label_sets;
  run.labels = evaluation.labels;
  run.evaluations = {facts.report};
  std::vector<LabelResult>& results = run.evaluations.front().label_results;
  for (std::size_t c = 0; c < results.size(); ++c) {  // at the thresholds of the weights
    results[c].threshold = evaluation.videos.classes[c].threshold;
    results[c].f1 = evaluation.videos.classes[c].f1;
  }
  run.calibration = facts.report.calibration;
  for (const VideoPrediction& prediction : facts.report.predictions) {
    const Video& video = data.videos.at(static_cast<std::size_t>(prediction.video));
    run.videos.push_back({.path = video.path, .frames = video.frames, .prediction = prediction});
  }
  for (const JudgedVideo& video : evaluation.judged) {
    if (!video.error.empty()) run.skipped.push_back({video.file, "evaluating", video.error});
  }
  run.passed_over = evaluation.notes;
  const std::string weights = fs::absolute(evaluation.weights).lexically_normal().string();
  run.commands = {{"Label a video with the same weights:",
                   fmt::format("c3d_infer --weights {} VIDEO", shell_word(weights))}};
  page.tiles = tiles_of(evaluation);
  const std::size_t end = evaluation.description.find('\n');  // of the device's line, the network's follows
  page.made_with = {{"videos", fs::absolute(evaluation.data).lexically_normal().string()},
                    {"weights", weights},
                    {"network", evaluation.description.substr(end + 1)},
                    {"device", evaluation.description.substr(0, end)}};
  return page;
}

// Frames are numbered as the clips' are.
Thumbnails pictures_of(const RunFacts& run, const VideoChoice& choice, const Numbering& numbering,
                       const std::function<bool()>& stopped) {
  std::vector<StripRequest> wanted;
  for (const std::size_t place : choice.pictured) {
    const EvaluatedVideo& video = run.videos[place];
    wanted.push_back(
        {video.path, [&video, &numbering] {
           return open_frames(video.path, video.frames, FrameSize{0, kStripHeight}, {}, numbering);
         }});
  }
  Thumbnails thumbnails;
  thumbnails.provide(wanted, kEvaluationPictureSeconds, stopped);
  return thumbnails;
}

HeatStrips made_heat(const RunFacts& run, const VideoChoice& choice, const ProvideHeat& heat) {
  HeatStrips strips;
  heat(strips, heat_videos(run, choice));
  return strips;
}

}  // namespace

void expect_possible(const EvaluationRequest& request, const ModelInfo& info) {
  expect(!info.has_label_sets || (request.confusion.empty() && request.confusion_picture.empty()),
         "{}: it tells any number of labels of a video, of which there is no confusion matrix: leave "
         "--confusion and --confusion-picture out",
         request.weights);
  expect(can_draw() || (request.confusion_picture.empty() && request.reliability_picture.empty()),
         "this build draws no pictures, as it is without Cairo: leave --confusion-picture and --reliability "
         "out");
}

std::vector<std::string> write_files(const EvaluationRequest& request, const Evaluation& evaluation,
                                     const TallyFacts& facts, Dataset data, const Numbering& numbering,
                                     const ProvideHeat& heat, const std::function<bool()>& stopped) {
  for (std::size_t i = 0; i < data.videos.size(); ++i) data.videos[i].frames = evaluation.judged.at(i).frames;
  const EvaluationNumbers& videos = evaluation.videos;
  std::vector<std::string> unwritten;
  const auto attempt = [&](const fs::path& file, const auto& write) {
    if (file.empty()) return;
    try {
      write();
    } catch (const Error& error) {
      unwritten.push_back(error.message());
    }
  };
  attempt(request.predictions,
          [&] { write_file(request.predictions, predictions_of(evaluation, facts.report, data)); });
  attempt(request.confusion,
          [&] { write_file(request.confusion, confusion_csv(videos.confusion, evaluation.labels)); });
  attempt(request.confusion_picture, [&] {
    draw_confusion(request.confusion_picture, evaluation.labels, videos.confusion,
                   fmt::format("{} videos: {:.1f} % right", videos.count, 100 * videos.top1));
  });
  attempt(request.reliability_picture,
          [&] { draw_reliability(request.reliability_picture, videos.calibration); });
  attempt(request.page, [&] {
    EvaluationPageFacts page = page_facts(evaluation, facts, data);
    const VideoChoice choice = choose_videos(page.run);
    add_heat(made_heat(page.run, choice, heat), page.run);
    const Thumbnails pictures = pictures_of(page.run, choice, numbering, stopped);
    write_file(request.page, evaluation_page(page, choice, pictures));
  });
  return unwritten;
}

}  // namespace c3d
