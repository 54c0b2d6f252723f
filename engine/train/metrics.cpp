#include "engine/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"

namespace c3d {

std::int64_t top_k_correct(ConstTensor scores, ConstTensor labels_i32, std::int64_t k) {
  const std::int64_t rows = scores.shape()[0], classes = scores.shape()[1];
  expect(labels_i32.count() == rows, "top-{}: {} rows of scores and {} labels", k, rows, labels_i32.count());
  const std::int32_t* labels = labels_i32.as<std::int32_t>();
  std::int64_t correct = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int32_t label = labels[row];
    if (label < 0) continue;
    expect(label < classes, "top-{}: label {} of {} classes", k, label, classes);
    const float* score = scores.as<float>() + row * classes;
    std::int64_t better = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      if (score[c] > score[label] || (c < label && score[c] == score[label])) ++better;
    }
    if (better < k && !std::isnan(score[label])) ++correct;
  }
  return correct;
}

void EvaluationTally::add(ConstTensor probabilities, ConstTensor losses, ConstTensor labels_i32,
                          std::span<const ClipOrigin> origins) {
  const std::int64_t rows = probabilities.shape()[0];
  expect(static_cast<std::int64_t>(origins.size()) == rows && losses.count() == rows,
         "evaluation: {} rows, but {} origins and {} losses", rows, origins.size(), losses.count());
  clips_correct_ += top_k_correct(probabilities, labels_i32, 1);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int32_t label = labels_i32.as<std::int32_t>()[row];
    if (label < 0) continue;
    Entry& entry = videos_.try_emplace(origins[static_cast<std::size_t>(row)].video, classes_).first->second;
    entry.label = label;
    entry.score.add({probabilities.as<float>() + row * static_cast<std::int64_t>(classes_), classes_});
    loss_.add(static_cast<double>(losses.as<float>()[row]));
  }
}

EvaluationReport EvaluationTally::report() const {
  EvaluationReport report;
  report.classes.resize(classes_);
  report.confusion.assign(classes_, std::vector<std::int64_t>(classes_, 0));
  report.clips = loss_.count();
  report.videos = static_cast<std::int64_t>(videos_.size());
  report.clip_loss = loss_.mean();
  report.clip_accuracy =
      report.clips == 0 ? 0 : static_cast<double>(clips_correct_) / static_cast<double>(report.clips);
  RunningMean video_loss, top1, top5;
  for (const auto& [video, entry] : videos_) {
    const std::vector<double> probabilities = entry.score.probabilities();
    const auto best = top_k(probabilities, 5);
    const auto is_label = [&](const auto& candidate) { return candidate.first == entry.label; };
    const auto truth = static_cast<std::size_t>(entry.label);
    const bool correct = is_label(best.front());
    video_loss.add(-std::log(std::max(probabilities[truth], std::numeric_limits<double>::min())));
    top1.add(correct ? 1 : 0);
    top5.add(std::any_of(best.begin(), best.end(), is_label) ? 1 : 0);
    ++report.classes[truth].videos;
    report.classes[truth].correct += correct ? 1 : 0;
    ++report.confusion[truth][static_cast<std::size_t>(best.front().first)];
  }
  report.video_loss = video_loss.mean();
  report.top1 = top1.mean();
  report.top5 = top5.mean();
  return report;
}

}  // namespace c3d
