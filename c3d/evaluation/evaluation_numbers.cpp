#include "c3d/evaluation/evaluation_numbers.h"

#include <algorithm>

#include "engine/train/average_precision.h"
#include "engine/train/class_scores.h"
#include "engine/train/temperature.h"

namespace c3d {
namespace {

EvaluationAverages shown(const ScoreAverages& averages) {
  return {averages.precision, averages.recall, averages.f1};
}

// As EvaluationTally fills the bins, at another temperature.
double error_at(double temperature, const std::vector<ScoredItem>& items, bool has_label_sets) {
  Calibration calibration;
  for (const ScoredItem& item : items) {
    const std::vector<double> scaled = at_temperature(item.probabilities, temperature, has_label_sets);
    if (has_label_sets) {
      for (std::size_t c = 0; c < scaled.size(); ++c) calibration.add(scaled[c], item.shows(c));
    } else {
      const auto best = static_cast<std::size_t>(top_k(item.probabilities, 1).front().first);
      calibration.add(scaled[best], item.shows(best));
    }
  }
  return expected_calibration_error(calibration.bins());
}

EvaluationCalibration calibration_of(const TallyFacts& facts, bool has_label_sets) {
  EvaluationCalibration calibration;
  for (const CalibrationBin& bin : facts.report.calibration) {
    calibration.bins.push_back({bin.count, bin.probability, bin.right});
  }
  calibration.error = expected_calibration_error(facts.report.calibration);
  const Temperature temperature = fit_temperature(facts.items, has_label_sets);
  calibration.temperature = temperature.value;
  calibration.scaled_loss = temperature.new_loss;
  calibration.scaled_error = error_at(temperature.value, facts.items, has_label_sets);
  return calibration;
}

}  // namespace

TallyFacts facts_of(const EvaluationTally& tally, const std::vector<std::string>& labels,
                    std::span<const double> thresholds) {
  const bool has_label_sets = !thresholds.empty();
  TallyFacts facts{.report = tally.report(), .items = tally.videos(), .numbers = {}};
  const EvaluationReport& report = facts.report;
  const std::vector<double> precisions = average_precisions(facts.items, labels.size());
  const std::vector<ClassCounts> counts =
      has_label_sets ? class_counts(facts.items, thresholds) : class_counts(report.confusion);
  EvaluationNumbers& numbers = facts.numbers;
  numbers.count = report.videos;
  numbers.loss = report.video_loss;
  numbers.top1 = report.top1;
  numbers.top5 = report.top5;
  if (!has_label_sets) numbers.mean_class_accuracy = mean_class_accuracy(counts);
  numbers.mean_average_precision = mean_average_precision(precisions);
  numbers.macro = shown(macro_average(has_label_sets ? counts : present_classes(counts)));
  numbers.weighted = shown(weighted_average(counts));
  for (std::size_t c = 0; c < counts.size(); ++c) {
    numbers.classes.push_back({.name = labels[c],
                               .shown = counts[c].shown,
                               .told = counts[c].told,
                               .right = counts[c].right,
                               .precision = precision(counts[c]),
                               .recall = recall(counts[c]),
                               .f1 = f1_score(counts[c]),
                               .average_precision = precisions[c],
                               .threshold = has_label_sets ? thresholds[c] : 0});
  }
  numbers.confusion = report.confusion;
  numbers.calibration = calibration_of(facts, has_label_sets);
  return facts;
}

}  // namespace c3d
