// What a run tells the world. Plain values; a sink prints, writes or draws them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
  std::vector<ClassResult> classes;
  std::vector<std::vector<std::int64_t>> confusion;  // [truth][predicted]; empty with label sets
  double seconds = 0;

  // Of a network as a whole: its hits among the videos.
  double score() const { return mean_average_precision >= 0 ? mean_average_precision : top1; }
};

// What chooses the best of several evaluations. Equal accuracies are parted by the loss of the videos.
enum class BestBy : std::uint8_t {
  video_accuracy,  // EvaluationReport::score()
  clip_accuracy,   // EvaluationReport::clip_accuracy
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
