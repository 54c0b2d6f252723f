#include "c3d/training/public_reports.h"

namespace c3d {

TrainingStep training_step(const StepReport& report) {
  return {.step = report.step,
          .total_steps = report.total_steps,
          .epoch = report.epoch,
          .loss = report.loss,
          .accuracy = report.accuracy,
          .gradient_norm = report.gradient_norm,
          .learning_rate = report.learning_rate,
          .clips_per_second = report.clips_per_second,
          .seconds_left = report.seconds_left};
}

TrainingEvaluation training_evaluation(const EvaluationReport& report) {
  TrainingEvaluation evaluation{.step = report.step,
                                .videos = report.videos,
                                .clips = report.clips,
                                .clip_loss = report.clip_loss,
                                .clip_accuracy = report.clip_accuracy,
                                .video_loss = report.video_loss,
                                .top1 = report.top1,
                                .top5 = report.top5,
                                .confusion = report.confusion,
                                .mean_average_precision = report.mean_average_precision,
                                .clip_mean_average_precision = report.clip_mean_average_precision};
  for (const LabelResult& label : report.label_results) {
    evaluation.labels.push_back({label.videos, label.average_precision, label.threshold, label.f1});
  }
  return evaluation;
}

StepReport step_report(const TrainingStep& step) {
  StepReport report;
  report.step = step.step;
  report.total_steps = step.total_steps;
  report.epoch = static_cast<int>(step.epoch);
  report.loss = step.loss;
  report.accuracy = step.accuracy;
  report.gradient_norm = step.gradient_norm;
  report.learning_rate = step.learning_rate;
  report.clips_per_second = step.clips_per_second;
  report.seconds_left = step.seconds_left;
  return report;
}

EvaluationReport evaluation_report(const TrainingEvaluation& evaluation) {
  EvaluationReport report;
  report.step = evaluation.step;
  report.videos = evaluation.videos;
  report.clips = evaluation.clips;
  report.clip_loss = evaluation.clip_loss;
  report.clip_accuracy = evaluation.clip_accuracy;
  report.video_loss = evaluation.video_loss;
  report.top1 = evaluation.top1;
  report.top5 = evaluation.top5;
  report.confusion = evaluation.confusion;
  report.mean_average_precision = evaluation.mean_average_precision;
  report.clip_mean_average_precision = evaluation.clip_mean_average_precision;
  for (const LabelEvaluation& label : evaluation.labels) {
    report.label_results.push_back({label.videos, label.average_precision, label.threshold, label.f1});
  }
  return report;
}

}  // namespace c3d
