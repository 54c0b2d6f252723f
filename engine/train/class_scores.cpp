#include "engine/train/class_scores.h"

#include <algorithm>
#include <iterator>

#include "engine/core/error.h"

namespace c3d {
namespace {

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// weight: of a class. Weights that sum to nothing give 0.
template <typename Weight>
ScoreAverages average(std::span<const ClassCounts> classes, const Weight& weight) {
  ScoreAverages sums;
  double all = 0;
  for (const ClassCounts& one : classes) {
    const double w = weight(one);
    sums.precision += w * precision(one);
    sums.recall += w * recall(one);
    sums.f1 += w * f1_score(one);
    all += w;
  }
  if (all == 0) return {};
  return {sums.precision / all, sums.recall / all, sums.f1 / all};
}

}  // namespace

double precision(const ClassCounts& counts) { return share(counts.right, counts.told); }
double recall(const ClassCounts& counts) { return share(counts.right, counts.shown); }
double f1_score(const ClassCounts& counts) { return share(2 * counts.right, counts.told + counts.shown); }

std::vector<ClassCounts> class_counts(const std::vector<std::vector<std::int64_t>>& confusion) {
  std::vector<ClassCounts> counts(confusion.size());
  for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
    expect(confusion[truth].size() == counts.size(), "a confusion matrix of {} rows has one of {} classes",
           counts.size(), confusion[truth].size());
    for (std::size_t predicted = 0; predicted < counts.size(); ++predicted) {
      counts[truth].shown += confusion[truth][predicted];
      counts[predicted].told += confusion[truth][predicted];
    }
    counts[truth].right = confusion[truth][truth];
  }
  return counts;
}

std::vector<ClassCounts> class_counts(std::span<const ScoredItem> items, std::span<const double> thresholds) {
  std::vector<ClassCounts> counts(thresholds.size());
  for (const ScoredItem& item : items) {
    expect(item.probabilities.size() == thresholds.size(), "{} probabilities for {} thresholds",
           item.probabilities.size(), thresholds.size());
    for (std::size_t c = 0; c < thresholds.size(); ++c) {
      const bool shown = item.shows(c), told = item.probabilities[c] > thresholds[c];
      counts[c].shown += shown ? 1 : 0;
      counts[c].told += told ? 1 : 0;
      counts[c].right += shown && told ? 1 : 0;
    }
  }
  return counts;
}

std::vector<ClassCounts> present_classes(std::span<const ClassCounts> classes) {
  std::vector<ClassCounts> present;
  std::ranges::copy_if(classes, std::back_inserter(present),
                       [](const ClassCounts& one) { return one.shown + one.told > 0; });
  return present;
}

ScoreAverages macro_average(std::span<const ClassCounts> classes) {
  return average(classes, [](const ClassCounts& /*one*/) { return 1.0; });
}

ScoreAverages weighted_average(std::span<const ClassCounts> classes) {
  return average(classes, [](const ClassCounts& one) { return static_cast<double>(one.shown); });
}

double mean_class_accuracy(std::span<const ClassCounts> classes) {
  return average(classes, [](const ClassCounts& one) { return one.shown > 0 ? 1.0 : 0.0; }).recall;
}

}  // namespace c3d
