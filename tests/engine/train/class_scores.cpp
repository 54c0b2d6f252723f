// Numbers of classes and probabilities, as scikit-learn 1.9.1 (and SciPy 1.17.1 for the temperature) gave them
// once for these items.
#include "engine/train/class_scores.h"

#include <cmath>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/train/average_precision.h"
#include "engine/train/metrics.h"
#include "engine/train/temperature.h"

namespace c3d {
namespace {

using Labels = std::vector<std::int32_t>;

// Class 2 is told and never shown, class 3 is neither.
std::vector<ScoredItem> one_label_items() {
  return {{0, {0}, {.70, .10, .15, .05}}, {1, {0}, {.20, .25, .50, .05}}, {2, {0}, {.40, .35, .15, .10}},
          {3, {1}, {.10, .80, .06, .04}}, {4, {1}, {.55, .30, .10, .05}}, {5, {1}, {.05, .90, .03, .02}},
          {6, {0}, {.30, .45, .20, .05}}};
}

// No item shows class 1.
std::vector<ScoredItem> label_set_items() {
  return {{0, {0, 2}, {.80, .20, .50}},
          {1, {2}, {.60, .10, .30}},
          {2, {0}, {.40, .70, .20}},
          {3, {}, {.10, .05, .45}},
          {4, {0, 2}, {.90, .30, .95}}};
}

EvaluationTally tally_of(const std::vector<ScoredItem>& items, bool label_sets) {
  EvaluationTally tally(static_cast<std::int64_t>(items.front().probabilities.size()));
  for (const ScoredItem& item : items) {
    const std::vector<float> narrow(item.probabilities.begin(), item.probabilities.end());
    tally.add(item.number, item.truth, label_sets, narrow);
  }
  return tally;
}

void check_averages(const ScoreAverages& averages, double precision, double recall, double f1) {
  CHECK(averages.precision == Approx(precision));
  CHECK(averages.recall == Approx(recall));
  CHECK(averages.f1 == Approx(f1));
}

TEST_CASE("precision recall and F1 are scikit-learn's with nothing for a division by nothing") {
  const EvaluationReport report = tally_of(one_label_items(), false).report();
  CHECK(report.top1 == Approx(0.5714285714285714));
  const std::vector<ClassCounts> counts = class_counts(report.confusion);
  REQUIRE(counts.size() == 4);
  CHECK(precision(counts[0]) == Approx(2.0 / 3));
  CHECK(recall(counts[0]) == Approx(0.5));
  CHECK(f1_score(counts[0]) == Approx(4.0 / 7));
  CHECK(f1_score(counts[1]) == Approx(2.0 / 3));
  CHECK(counts[2].told == 1);
  for (const std::size_t c : {std::size_t{2}, std::size_t{3}}) {
    CHECK(precision(counts[c]) == 0);
    CHECK(recall(counts[c]) == 0);
    CHECK(f1_score(counts[c]) == 0);
  }
  const std::vector<ClassCounts> present = present_classes(counts);
  CHECK(present.size() == 3);
  check_averages(macro_average(present), 0.4444444444444444, 0.3888888888888889, 0.4126984126984127);
  check_averages(weighted_average(present), 0.6666666666666666, 0.5714285714285714, 0.6122448979591837);
  CHECK(mean_class_accuracy(counts) == Approx(0.5833333333333333));
}

TEST_CASE("numbers of no items are 0") {
  CHECK(macro_average({}).f1 == 0);
  CHECK(weighted_average(std::vector<ClassCounts>(3)).precision == 0);
  CHECK(mean_class_accuracy({}) == 0);
  CHECK(fit_temperature({}, false).value == 1);
  CHECK(mean_average_precision({}) == 0);
  CHECK_THROWS_AS(class_counts({{1, 2}, {3}}), Error);
}

TEST_CASE("label sets are counted at the thresholds they are given") {
  const std::vector<double> thresholds{.5, .6, .25};
  const std::vector<ClassCounts> counts = class_counts(label_set_items(), thresholds);
  REQUIRE(counts.size() == 3);
  CHECK(precision(counts[0]) == Approx(2.0 / 3));
  CHECK(precision(counts[1]) == 0);
  CHECK(recall(counts[2]) == 1);
  CHECK(f1_score(counts[2]) == Approx(0.8571428571428571));
  check_averages(macro_average(counts), 0.4722222222222222, 0.5555555555555556, 0.5079365079365079);
  check_averages(weighted_average(counts), 0.7083333333333334, 0.8333333333333334, 0.7619047619047619);
  // At its threshold a probability says that the label is not there.
  CHECK(class_counts(label_set_items(), std::vector<double>{.4, .7, .2})[1].told == 0);
  CHECK_THROWS_AS(class_counts(label_set_items(), std::vector<double>{.5}), Error);
}

TEST_CASE("average precisions are of the classes that an item shows") {
  const std::vector<double> one = average_precisions(one_label_items(), 4);
  CHECK(one[0] == Approx(0.8041666666666667));
  CHECK(one[1] == Approx(0.8666666666666667));
  CHECK(one[2] == -1);
  CHECK(mean_average_precision(one) == Approx(0.8354166666666667));
  const std::vector<double> sets = average_precisions(label_set_items(), 3);
  CHECK(sets[0] == Approx(0.9166666666666665));
  CHECK(sets[1] == -1);
  CHECK(sets[2] == Approx(0.9166666666666665));
}

TEST_CASE("the temperature has the least negative log likelihood") {
  const Temperature one = fit_temperature(one_label_items(), false);
  CHECK(one.value == Approx(0.7335366555714742).epsilon(1e-6));
  CHECK(one.loss == Approx(0.8026933234101279));
  CHECK(one.new_loss == Approx(0.776703528093729));
  const Temperature sets = fit_temperature(label_set_items(), true);
  CHECK(sets.value == Approx(0.8761930435029256).epsilon(1e-6));
  CHECK(sets.loss == Approx(0.465085665823046));
  CHECK(sets.new_loss == Approx(0.4630088167289693));
}

TEST_CASE("a temperature keeps its bounds and the order of the classes") {
  const std::vector<ScoredItem> right{{0, {0}, {.6, .4}}, {1, {1}, {.3, .7}}};
  CHECK(fit_temperature(right, false).value == Approx(kLeastTemperature));
  const std::vector<ScoredItem> wrong{{0, {1}, {1, 0}}};
  CHECK(fit_temperature(wrong, false).value == Approx(kMostTemperature));
  CHECK(std::isfinite(fit_temperature(wrong, false).loss));
  const std::vector<double> scaled = at_temperature(std::vector<double>{.5, .3, .2}, 2, false);
  const double sum = std::sqrt(.5) + std::sqrt(.3) + std::sqrt(.2);
  CHECK(scaled[0] == Approx(std::sqrt(.5) / sum));
  CHECK(scaled[2] == Approx(std::sqrt(.2) / sum));
  // The logit of 0.8 is log(4), half of which is log(2).
  CHECK(at_temperature(std::vector<double>{.8}, 2, true)[0] == Approx(2.0 / 3));
  CHECK(at_temperature(std::vector<double>{1}, 3, true)[0] == Approx(1));
}

TEST_CASE("clips that are counted by themselves give what batches of them give") {
  const std::vector<float> probabilities{0.3f, 0.4f, 0.3f, 0.8f, 0.1f, 0.1f, 0.1f, 0.6f, 0.3f};
  const Labels labels{0, 0, 2};
  const std::vector<ClipOrigin> origins{{4, 0}, {4, 8}, {9, 0}};
  std::vector<float> losses;
  EvaluationTally alone(3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::span row(probabilities.data() + 3 * i, 3);
    losses.push_back(-std::log(row[static_cast<std::size_t>(labels[i])]));
    alone.add(origins[i].video, std::span(&labels[i], 1), false, row);
  }
  Batch batch;
  batch.labels_i32 = host_tensor(labels.data(), {3});
  batch.origins = origins;
  EvaluationTally together(3);
  together.add(host_tensor(probabilities.data(), {3, 3}), host_tensor(losses.data(), {3}), batch);
  const EvaluationReport a = alone.report(), b = together.report();
  CHECK(a.clips == b.clips);
  CHECK(a.clip_accuracy == b.clip_accuracy);
  CHECK(a.clip_loss == Approx(b.clip_loss));
  CHECK(a.video_loss == b.video_loss);
  CHECK(a.top1 == b.top1);
  CHECK(a.confusion == b.confusion);
  const std::vector<ScoredItem> videos = alone.videos();
  REQUIRE(videos.size() == 2);
  CHECK(videos[0].number == 4);
  CHECK(videos[0].truth == Labels{0});
  CHECK(videos[0].probabilities[0] == Approx(0.55));
  CHECK_THROWS_AS(alone.add(5, Labels{0, 1}, false, std::span(probabilities.data(), 3)), Error);
}

TEST_CASE("an evaluation of label sets counts clips by themselves too") {
  const EvaluationTally tally = tally_of(label_set_items(), true);
  const EvaluationReport report = tally.report();
  CHECK(report.videos == 5);
  CHECK(report.clips == 5);
  CHECK(report.clip_loss == Approx(0.465085665823046).epsilon(1e-5));
  CHECK(report.video_loss == Approx(report.clip_loss));
  CHECK(report.mean_average_precision == Approx(0.9166666666666665));
  CHECK(tally.videos()[3].truth.empty());
}

}  // namespace
}  // namespace c3d
