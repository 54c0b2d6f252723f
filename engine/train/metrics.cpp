#include "engine/train/metrics.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/train/average_precision.h"
#include "engine/train/best_threshold.h"
#include "engine/train/bounded_log.h"

namespace c3d {
namespace {

constexpr std::size_t kPredictions = 5;  // that are reported of a video

bool is_in_set(float target) { return target > 0.5f; }

}  // namespace

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

std::int64_t first_in_set(ConstTensor scores, ConstTensor label_sets) {
  const std::int64_t rows = scores.shape()[0], classes = scores.shape()[1];
  expect(label_sets.shape() == scores.shape(), "label sets {} for scores {}", label_sets.shape(),
         scores.shape());
  std::int64_t correct = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* score = scores.as<float>() + row * classes;
    const float* set = label_sets.as<float>() + row * classes;
    if (set[0] < 0) continue;
    const auto best = std::max_element(score, score + classes) - score;
    if (is_in_set(set[best]) && !std::isnan(score[best])) ++correct;
  }
  return correct;
}

void EvaluationTally::add(ConstTensor probabilities, ConstTensor losses, const Batch& batch) {
  const std::int64_t rows = probabilities.shape()[0], classes = probabilities.shape()[1];
  expect(static_cast<std::int64_t>(batch.origins.size()) == rows && losses.count() == rows,
         "evaluation: {} rows, but {} origins and {} losses", rows, batch.origins.size(), losses.count());
  has_sets_ = !batch.label_sets.empty();
  clips_correct_ += has_sets_ ? first_in_set(probabilities, batch.label_sets)
                              : top_k_correct(probabilities, batch.labels_i32, 1);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int32_t label = batch.labels_i32.as<std::int32_t>()[row];
    if (label < 0) continue;
    const std::int32_t video = batch.origins[static_cast<std::size_t>(row)].video;
    Entry& entry = entry_of(video);
    entry.label = label;
    if (has_sets_) {
      const float* set = batch.label_sets.as<float>() + row * classes;
      entry.set.resize(classes_);
      std::transform(set, set + classes, entry.set.begin(), is_in_set);
    }
    const std::span scores(probabilities.as<float>() + row * classes, classes_);
    if (has_sets_) entry.clips.insert(entry.clips.end(), scores.begin(), scores.end());
    entry.score.add(scores);
    loss_.add(static_cast<double>(losses.as<float>()[row]));
  }
}

void EvaluationTally::add(std::int32_t video, std::span<const std::int32_t> truth, bool is_label_set,
                          std::span<const float> probabilities) {
  expect(is_label_set || truth.size() == 1, "evaluation: video {} shows {} classes, not one", video,
         truth.size());
  has_sets_ = is_label_set;
  Entry& entry = entry_of(video);
  entry.label = truth.empty() ? 0 : truth.front();
  if (is_label_set) {
    entry.set.assign(classes_, false);
    for (const std::int32_t label : truth) entry.set.at(static_cast<std::size_t>(label)) = true;
    entry.clips.insert(entry.clips.end(), probabilities.begin(), probabilities.end());
  }
  entry.score.add(probabilities);
  const std::vector<double> wide(probabilities.begin(), probabilities.end());
  loss_.add(loss_of(entry, wide));
  const auto [best, probability] = top_k(wide, 1).front();
  clips_correct_ += entry.shows(static_cast<std::size_t>(best)) && !std::isnan(probability) ? 1 : 0;
}

std::vector<ScoredItem> EvaluationTally::videos() const {
  std::vector<ScoredItem> items;
  items.reserve(videos_.size());
  for (const auto& [video, entry] : videos_) {
    ScoredItem& item = items.emplace_back();
    item.number = video;
    for (std::size_t c = 0; c < classes_; ++c) {
      if (entry.shows(c)) item.truth.push_back(static_cast<std::int32_t>(c));
    }
    item.probabilities = entry.score.probabilities();
  }
  return items;
}

// The cross-entropy; of a label set the mean of its labels' binary ones.
double EvaluationTally::loss_of(const Entry& entry, std::span<const double> probabilities) {
  if (entry.set.empty()) return -bounded_log(probabilities[static_cast<std::size_t>(entry.label)]);
  double loss = 0;
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    loss -= bounded_log(entry.shows(c) ? probabilities[c] : 1 - probabilities[c]);
  }
  return loss / static_cast<double>(probabilities.size());
}

EvaluationReport EvaluationTally::report() const {
  EvaluationReport report;
  report.classes.resize(classes_);
  report.clips = loss_.count();
  report.videos = static_cast<std::int64_t>(videos_.size());
  report.clip_loss = loss_.mean();
  report.clip_accuracy =
      report.clips == 0 ? 0 : static_cast<double>(clips_correct_) / static_cast<double>(report.clips);
  RunningMean top1, top5;
  for (const auto& [video, entry] : videos_) {
    const auto best = top_k(entry.score.probabilities(), kPredictions);
    const auto is_shown = [&](const auto& candidate) {
      return entry.shows(static_cast<std::size_t>(candidate.first));
    };
    top1.add(is_shown(best.front()) ? 1 : 0);
    top5.add(std::any_of(best.begin(), best.end(), is_shown) ? 1 : 0);
  }
  report.top1 = top1.mean();
  report.top5 = top5.mean();
  if (has_sets_) {
    count_sets(report);
  } else {
    count_labels(report);
  }
  return report;
}

VideoPrediction EvaluationTally::prediction(std::int32_t video, const Entry& entry,
                                            const std::vector<double>& probabilities, double loss) const {
  VideoPrediction result{.video = video,
                         .clips = entry.score.clips(),
                         .loss = loss,
                         .truth = {},
                         .predictions = top_k(probabilities, kPredictions)};
  for (std::size_t c = 0; c < classes_; ++c) {
    if (entry.shows(c)) result.truth.emplace_back(static_cast<int>(c), probabilities[c]);
  }
  return result;
}

void EvaluationTally::count_labels(EvaluationReport& report) const {
  report.confusion.assign(classes_, std::vector<std::int64_t>(classes_, 0));
  RunningMean video_loss;
  Calibration calibration;
  for (const auto& [video, entry] : videos_) {
    const std::vector<double> probabilities = entry.score.probabilities();
    const auto truth = static_cast<std::size_t>(entry.label);
    const auto best = static_cast<std::size_t>(top_k(probabilities, 1).front().first);
    const double loss = loss_of(entry, probabilities);
    video_loss.add(loss);
    calibration.add(probabilities[best], best == truth);
    report.predictions.push_back(prediction(video, entry, probabilities, loss));
    ++report.classes[truth].videos;
    report.classes[truth].correct += best == truth ? 1 : 0;
    ++report.confusion[truth][best];
  }
  report.video_loss = video_loss.mean();
  report.calibration = calibration.bins();
}

// A class is told right of a video that shows it where its probability is above a half.
void EvaluationTally::count_sets(EvaluationReport& report) const {
  std::vector<std::vector<double>> scores(classes_);
  std::vector<std::vector<bool>> shown(classes_);
  RunningMean video_loss, precision;
  Calibration calibration;
  for (const auto& [video, entry] : videos_) {
    const std::vector<double> probabilities = entry.score.probabilities();
    const double loss = loss_of(entry, probabilities);
    for (std::size_t c = 0; c < classes_; ++c) {
      const double p = probabilities[c];
      scores[c].push_back(p);
      shown[c].push_back(entry.shows(c));
      calibration.add(p, entry.shows(c));
      report.classes[c].videos += entry.shows(c) ? 1 : 0;
      report.classes[c].correct += entry.shows(c) && p > 0.5 ? 1 : 0;
    }
    video_loss.add(loss);
    report.predictions.push_back(prediction(video, entry, probabilities, loss));
  }
  for (std::size_t c = 0; c < classes_; ++c) {
    const BestThreshold best = best_threshold(scores[c], shown[c]);
    LabelResult result{report.classes[c].videos, -1, best.threshold, best.f1};
    if (result.videos > 0) {
      result.average_precision = average_precision(scores[c], shown[c]);
      precision.add(result.average_precision);
    }
    report.label_results.push_back(result);
  }
  report.video_loss = video_loss.mean();
  report.calibration = calibration.bins();
  report.mean_average_precision = precision.mean();
  report.clip_mean_average_precision = clip_mean_average_precision();
}

// One class at a time: all clips' scores of all classes would stand in memory twice.
double EvaluationTally::clip_mean_average_precision() const {
  RunningMean precision;
  for (std::size_t c = 0; c < classes_; ++c) {
    std::vector<double> scores;
    std::vector<bool> shown;
    for (const auto& [video, entry] : videos_) {
      for (std::size_t at = c; at < entry.clips.size(); at += classes_) {
        scores.push_back(static_cast<double>(entry.clips[at]));
        shown.push_back(entry.shows(c));
      }
    }
    if (std::ranges::find(shown, true) != shown.end()) precision.add(average_precision(scores, shown));
  }
  return precision.mean();
}

}  // namespace c3d
