#include "tests/c3d/report/pages/example_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/train/calibration.h"
#include "engine/train/video_score.h"

namespace c3d {
namespace {

// The same on every machine, unlike the standard library's distributions.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed * 2654435761U + 1) {}
  double operator()() {  // from 0 to 1
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 33U) / static_cast<double>(std::uint64_t{1} << 31U);
  }
  std::size_t below(std::size_t end) {
    return std::min(end - 1, static_cast<std::size_t>((*this)() * static_cast<double>(end)));
  }

 private:
  std::uint64_t state_;
};

class ExampleFrames : public FrameSource {
 public:
  explicit ExampleFrames(std::uint64_t number) : number_(number) {}
  std::int64_t frame_count() const override { return 30; }
  int width() const override { return static_cast<int>(kWidth); }
  int height() const override { return static_cast<int>(kHeight); }
  void read(std::int64_t first, int /*stride*/, int /*count*/, std::span<std::uint8_t> out) override {
    Draw draw(number_ + static_cast<std::uint64_t>(first) * 7919);
    const double at = draw() * 120, tone = draw() * 120;
    std::array<double, kWidth> across{};
    for (std::size_t x = 0; x < kWidth; ++x) across[x] = std::sin((static_cast<double>(x) - at) / 9);
    std::size_t i = 0;
    for (std::size_t y = 0; y < kHeight; ++y) {
      std::array<double, 3> down{};
      for (std::size_t c = 0; c < 3; ++c)
        down[c] = std::cos((static_cast<double>(y) + at) / 13 + static_cast<double>(c));
      for (std::size_t x = 0; x < kWidth; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          // With noise, which JPEG cannot make small: pages must be bounded with such pictures, too.
          out[i++] = static_cast<std::uint8_t>(60 + tone * 0.8 + 40 * across[x] * down[c] + 50 * draw());
        }
      }
    }
  }

 private:
  static constexpr std::size_t kWidth = 171, kHeight = 128;

  std::uint64_t number_;
};

std::vector<StepReport> steps_of(std::size_t count) {
  std::vector<StepReport> steps;
  Draw draw(5);
  for (std::size_t i = 1; i <= count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count);
    StepReport report;
    report.step = static_cast<std::int64_t>(i);
    report.loss = 2 * std::exp(-2.5 * share) + 0.3 * draw();
    report.accuracy = std::min(1.0, 0.2 + 0.7 * share + 0.1 * draw());
    report.gradient_norm = 1 + draw();
    report.learning_rate = 0.01 * (1 + std::cos(3.14159 * share)) / 2;
    report.clips_per_second = 40 + 4 * draw();
    report.seconds = 3.5 * static_cast<double>(i);
    steps.push_back(report);
  }
  return steps;
}

EvaluatedVideo video_of(std::size_t number, std::size_t classes, Draw& draw) {
  EvaluatedVideo video;
  const std::size_t truth = number % classes;
  video.path = fmt::format("/videos/class_{:03}/clip_{:05}.mp4", truth, number);
  video.frames = 30;
  std::vector<double> scores(classes);
  const std::size_t taken = draw() < 0.75 ? truth : draw.below(classes);
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c)
    sum += scores[c] = 0.02 + draw() * 0.5 + (c == taken ? 3 * draw() + 0.6 : 0);
  for (double& score : scores) score /= sum;
  video.prediction.clips = 10;
  video.prediction.truth = {{static_cast<int>(truth), scores[truth]}};
  video.prediction.predictions = top_k(scores, 5);
  video.prediction.loss = -std::log(scores[truth]);
  return video;
}

void add_evaluations(std::size_t count, RunFacts& facts) {
  for (std::size_t i = 1; i <= count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count);
    EvaluationReport report;
    report.split = "validation";
    report.step = static_cast<std::int64_t>(i * std::max<std::size_t>(1, facts.steps.size()) / count);
    report.clips = static_cast<std::int64_t>(10 * facts.videos.size());
    report.videos = static_cast<std::int64_t>(facts.videos.size());
    report.clip_loss = 2.1 * std::exp(-1.6 * share);
    report.video_loss = 2 * std::exp(-1.9 * share);
    report.clip_accuracy = 0.2 + 0.5 * share;
    report.top1 = 0.2 + 0.6 * share;
    report.top5 = 0.6 + 0.35 * share;
    facts.evaluations.push_back(report);
  }
  facts.evaluated_step = facts.evaluations.back().step;
}

void calibrate(RunFacts& facts) {
  Calibration calibration;
  for (const EvaluatedVideo& video : facts.videos) {
    const auto& [seen, probability] = video.prediction.predictions.front();
    calibration.add(probability, video.prediction.truth.front().first == seen);
  }
  facts.calibration = calibration.bins();
}

std::vector<ReportSetting> example_settings() {
  return {{"Data", "data", "/videos", "", "path", "folder or list of training videos"},
          {"Data", "clip_frames", "16", "16", "frames", "length of a clip"},
          {"Network", "width", "0.25", "1", "", "channels, as a share of the original's"},
          {"Optimization", "learning_rate", "0.01", "0.01", "", "at its highest"}};
}

}  // namespace

std::vector<std::string> hostile_names() {
  return {"</script><script>document.title = 'broken'</script>",
          "<img src=x onerror=\"document.title = 'broken'\">",
          "\"quoted\" & 'quoted' &amp; `ticks` ${dollar}",
          "\xF0\x9F\x8E\xAC \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC \xE6\xAD\xA9\xE3\x81\x8F "
          "\xD7\x94\xD7\x9C\xD7\x9A",
          std::string(200, 'w'),
          "not \xFF\xFE utf \xC3\x28 8",
          "<!-- comment --> ]]> \\u003c",
          "line\nfeed\ttab \x1B[31m red \xE2\x80\xAE turned"};
}

std::unique_ptr<FrameSource> example_frames(std::uint64_t number) {
  return std::make_unique<ExampleFrames>(number);
}

RunFacts example_run(const ExampleSize& size) {
  RunFacts facts;
  facts.name = "example";
  facts.total_steps = static_cast<std::int64_t>(size.steps);
  for (std::size_t i = 0; i < size.classes; ++i) facts.labels.push_back(fmt::format("class_{:03}", i));
  facts.settings = example_settings();
  facts.steps = steps_of(size.steps);
  Draw draw(3);
  for (std::size_t i = 0; i < size.videos; ++i) facts.videos.push_back(video_of(i, size.classes, draw));
  add_evaluations(size.evaluations, facts);
  calibrate(facts);
  facts.skipped = {{"/videos/class_001/cut.mp4", "before training", "it ends before its first frame"}};
  facts.passed_over = {"3 files are no videos by name and were ignored"};
  facts.commands = {
      {"Label a video with the run's weights:",
       "c3d_infer --weights '/runs/first run/best.safetensors' /videos/class_001/clip_00001.mp4"},
      {"Go on with the run, if it was stopped before its last step:",
       "c3d_train --out '/runs/first run' --resume"}};
  return facts;
}

RunFacts example_label_sets() {
  RunFacts facts = example_run({.videos = 40, .classes = 5});
  facts.has_label_sets = true;
  facts.labels = {"walking", "waving", "indoors", "two people", "night"};
  Draw draw(11);
  Calibration calibration;
  for (EvaluatedVideo& video : facts.videos) {
    std::vector<double> scores(facts.labels.size());
    for (double& score : scores) score = draw();
    video.prediction.truth.clear();
    for (std::size_t c = 0; c < scores.size(); ++c) {
      const bool shown = draw() < scores[c];
      if (shown) video.prediction.truth.emplace_back(static_cast<int>(c), scores[c]);
      calibration.add(scores[c], shown);
    }
    video.prediction.predictions = top_k(scores, 5);
    video.prediction.loss = draw();
  }
  facts.calibration = calibration.bins();
  for (EvaluationReport& report : facts.evaluations) {
    report.mean_average_precision = report.top1;
    report.clip_mean_average_precision = report.clip_accuracy;
    report.label_results = {
        {20, 0.9, 0.4, 0.85}, {12, 0.7, 0.5, 0.66}, {9, 0.5, 0.3, 0.5}, {4, 0.31, 0.6, 0.4}, {0, -1, 0.5, 0}};
  }
  return facts;
}

RunFacts without_validation() {
  RunFacts facts = example_run({.videos = 1, .classes = 3, .evaluations = 1, .steps = 5});
  facts.videos.clear();
  facts.evaluations.clear();
  facts.calibration.clear();
  facts.skipped.clear();
  facts.passed_over.clear();
  return facts;
}

RunFacts hostile_run() {
  const std::vector<std::string> names = hostile_names();
  RunFacts facts = example_run({.videos = 4 * names.size(), .classes = names.size()});
  facts.name = names[0];
  facts.labels = names;
  for (std::size_t i = 0; i < facts.videos.size(); ++i) {
    facts.videos[i].path = "/videos/" + fmt::format("{}", i) + names[i % names.size()];
  }
  for (const std::string& name : names) {
    facts.skipped.push_back({"/videos/" + name, "while training", name});
    facts.passed_over.push_back(name);
    facts.settings.push_back({"Data", "data", name, "", "path", name});
    facts.commands.push_back({name, name});
  }
  return facts;
}

LabelFacts example_labels() {
  const RunFacts run = example_run({.videos = 40, .classes = 6});
  LabelFacts facts;
  facts.labels = run.labels;
  facts.made_with = {{"weights", "/runs/first/best.safetensors"}, {"network", "C3D of width 0.25"}};
  for (const EvaluatedVideo& video : run.videos) {
    facts.videos.push_back({.path = video.path,
                            .name = video.path.native(),
                            .error = "",
                            .frames = video.frames,
                            .seconds = 1.2,
                            .labels = video.prediction.predictions});
  }
  facts.videos.push_back({.path = "/videos/broken.mp4",
                          .name = "/videos/broken.mp4",
                          .error = "it is a text file",
                          .frames = 0,
                          .seconds = 0,
                          .labels = {}});
  facts.passed_over = run.passed_over;
  facts.commands = {run.commands.front()};
  return facts;
}

}  // namespace c3d
