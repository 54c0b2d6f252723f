// What a run tells the world. Plain values; a sink prints, writes or draws them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/train/calibration.h"

namespace c3d {

struct StepReport {
  int epoch = 0;                           // from 0
  std::int64_t step = 0, total_steps = 0;  // optimizer steps done, planned
  std::int64_t epoch_step = 0, epoch_steps = 0;
  double loss = 0, accuracy = 0;  // means over the clips since the last report
  double gradient_norm = 0;       // of the last step, before clipping
  double learning_rate = 0;
  double clips_per_second = 0, seconds_left = 0;
  double seconds = 0;  // since the run began, earlier parts included
};

struct ClassResult {
  std::int64_t videos = 0, correct = 0;
};

// Of a class, over videos with label sets.
struct LabelResult {
  std::int64_t videos = 0;         // that show it
  double average_precision = -1;   // negative: none does
  double threshold = 0.5, f1 = 0;  // see best_threshold()
};

// Of one video: what it shows, and what the mean of its clips' probabilities says.
struct VideoPrediction {
  std::int32_t video = -1;  // in the dataset that was evaluated
  std::int64_t clips = 0;
  double loss = 0;                            // cross-entropy
  std::vector<std::pair<int, double>> truth;  // the classes that it shows, rising, with their probabilities
  std::vector<std::pair<int, double>> predictions;  // the likeliest classes, at most 5, the likeliest first
};

struct EvaluationReport {
  std::string split;  // "validation", "test"
  int epoch = 0;
  std::int64_t step = 0;
  std::int64_t clips = 0, videos = 0;
  double clip_loss = 0, clip_accuracy = 0;  // of single clips
  // Of videos: mean of its clips' probabilities. With label sets a hit is a class of the set.
  double video_loss = 0, top1 = 0, top5 = 0;
  // Of videos with label sets: the mean of average_precision() over the classes that a video shows; else
  // negative.
  double mean_average_precision = -1;
  double clip_mean_average_precision = -1;  // the same of single clips
  std::vector<ClassResult> classes;
  std::vector<LabelResult> label_results;            // by class; empty without label sets
  std::vector<std::vector<std::int64_t>> confusion;  // [truth][predicted]; empty with label sets
  double seconds = 0;
  std::vector<VideoPrediction> predictions;  // of each video, in the dataset's order
  // Of the likeliest class of each video; with label sets of every class of every video.
  std::vector<CalibrationBin> calibration;

  // Of a network as a whole: its hits among the videos.
  double score() const { return mean_average_precision >= 0 ? mean_average_precision : top1; }
  // The same of single clips.
  double clip_score() const {
    return clip_mean_average_precision >= 0 ? clip_mean_average_precision : clip_accuracy;
  }
};

// What chooses the best of several evaluations. Equal accuracies are parted by the loss of the videos.
enum class BestBy : std::uint8_t {
  video_accuracy,  // EvaluationReport::score()
  clip_accuracy,   // EvaluationReport::clip_score()
  loss             // EvaluationReport::video_loss
};
const char* to_string(BestBy by);

class MetricSink {
 public:
  virtual ~MetricSink() = default;
  virtual void on_step(const StepReport& report) = 0;
  virtual void on_evaluation(const EvaluationReport& report) = 0;
};

}  // namespace c3d
