#include "engine/train/metrics.h"

#include <cmath>
#include <limits>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/train/average_precision.h"
#include "engine/train/best_threshold.h"

using namespace c3d;

TEST_CASE("top k prefers the smaller index among equals and puts NaN last") {
  const std::vector<double> scores{0.1, 0.4, std::nan(""), 0.4};
  const auto best = top_k(scores, 10);
  REQUIRE(best.size() == 4);
  CHECK(best[0].first == 1);
  CHECK(best[1].first == 3);
  CHECK(best[2].first == 0);
  CHECK(best[3].first == 2);
  CHECK(top_k(scores, 1).size() == 1);
}

TEST_CASE("top k correct counts rows and ignores padding") {
  const std::vector<float> scores{0.1f, 0.7f, 0.2f, 0.5f, 0.3f, 0.2f, 0.4f, 0.4f, 0.2f, 1, 0, 0};
  const std::vector<std::int32_t> labels{1, 2, 1, -1};
  const auto correct = [&](std::int64_t k) {
    return top_k_correct(host_tensor(scores.data(), {4, 3}), host_tensor(labels.data(), {4}), k);
  };
  CHECK(correct(1) == 1);
  CHECK(correct(2) == 2);
  CHECK(correct(3) == 3);
}

TEST_CASE("a score that is not a number is never correct") {
  const std::vector<float> scores{std::numeric_limits<float>::quiet_NaN(), 0.1f};
  const std::vector<std::int32_t> labels{0};
  CHECK(top_k_correct(host_tensor(scores.data(), {1, 2}), host_tensor(labels.data(), {1}), 2) == 0);
}

TEST_CASE("a video is scored by the mean of its clips") {
  VideoScore score(2);
  CHECK(score.probabilities().empty());
  score.add(std::vector<float>{0.9f, 0.1f});
  score.add(std::vector<float>{0.2f, 0.8f});
  CHECK(score.clips() == 2);
  CHECK(score.probabilities()[0] == Approx(0.55));
  CHECK_THROWS_AS(score.add(std::vector<float>{1}), Error);
}

TEST_CASE("an evaluation counts clips videos classes and confusions") {
  // Video 4 (class 0): clips wrong and right, right together. Video 9 (class 2): both wrong.
  const std::vector<float> probabilities{0.3f, 0.4f, 0.3f, 0.8f, 0.1f, 0.1f, 0.1f, 0.6f,
                                         0.3f, 0.2f, 0.5f, 0.3f, 0,    0,    0};
  const std::vector<float> losses{1, 2, 3, 4, 99};
  const std::vector<std::int32_t> labels{0, 0, 2, 2, -1};
  const std::vector<ClipOrigin> origins{{4, 0}, {4, 8}, {9, 0}, {9, 8}, {-1, 0}};
  EvaluationTally tally(3);
  Batch batch;
  batch.labels_i32 = host_tensor(labels.data(), {5});
  batch.origins = origins;
  tally.add(host_tensor(probabilities.data(), {5, 3}), host_tensor(losses.data(), {5}), batch);
  const EvaluationReport report = tally.report();
  CHECK(report.clips == 4);
  CHECK(report.videos == 2);
  CHECK(report.clip_loss == Approx(2.5));
  CHECK(report.clip_accuracy == Approx(0.25));
  CHECK(report.top1 == Approx(0.5));
  CHECK(report.top5 == Approx(1));
  CHECK(report.video_loss == Approx(-(std::log(0.55) + std::log(0.3)) / 2));
  CHECK(report.classes[0].videos == 1);
  CHECK(report.classes[0].correct == 1);
  CHECK(report.classes[2].correct == 0);
  CHECK(report.confusion[0][0] == 1);
  CHECK(report.confusion[2][1] == 1);
  CHECK(report.confusion[1][1] == 0);
  CHECK(report.score() == report.top1);
  REQUIRE(report.predictions.size() == 2);
  const VideoPrediction& right = report.predictions[0];
  CHECK(right.video == 4);
  CHECK(right.clips == 2);
  CHECK(right.loss == Approx(-std::log(0.55)));
  REQUIRE(right.truth.size() == 1);
  CHECK(right.truth[0].first == 0);
  CHECK(right.truth[0].second == Approx(0.55));
  REQUIRE(right.predictions.size() == 3);
  CHECK(right.predictions[0].first == 0);
  CHECK(report.predictions[1].predictions[0].first == 1);
  CHECK(report.calibration[5].count == 2);
  CHECK(report.calibration[5].right == Approx(0.5));
}

TEST_CASE("probabilities that are right as often as they say are calibrated") {
  Calibration calibration;
  CHECK(expected_calibration_error(calibration.bins()) == 0);
  for (int i = 0; i < 10; ++i) calibration.add(0.75, i < 5);
  for (int i = 0; i < 30; ++i) calibration.add(1, true);
  calibration.add(std::nan(""), true);
  const std::vector<CalibrationBin> bins = calibration.bins();
  REQUIRE(bins.size() == kCalibrationBins);
  CHECK(bins[7].count == 10);
  CHECK(bins[7].probability == Approx(0.75));
  CHECK(bins[7].right == Approx(0.5));
  CHECK(bins[9].count == 30);
  CHECK(bins[0].count == 0);
  CHECK(expected_calibration_error(bins) == Approx(0.25 * 10 / 40));
}

TEST_CASE("an evaluation of label sets means the average precision of each class that is there") {
  // Two clips of video 1, which shows classes 0 and 2; one of video 2, which shows 2; one of video 3, which
  // shows 0. No video shows class 1.
  const std::vector<float> probabilities{0.9f, 0.2f, 0.4f, 0.7f, 0.2f, 0.6f, 0.6f, 0.1f,
                                         0.3f, 0.4f, 0.7f, 0.2f, 0,    0,    0};
  const std::vector<float> sets{1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, -1, -1, -1}, losses{1, 2, 3, 4, 99};
  const std::vector<std::int32_t> labels{0, 0, 2, 0, -1};
  const std::vector<ClipOrigin> origins{{1, 0}, {1, 8}, {2, 0}, {3, 0}, {-1, 0}};
  Batch batch;
  batch.labels_i32 = host_tensor(labels.data(), {5});
  batch.label_sets = host_tensor(sets.data(), {5, 3});
  batch.origins = origins;
  EvaluationTally tally(3);
  tally.add(host_tensor(probabilities.data(), {5, 3}), host_tensor(losses.data(), {5}), batch);
  const EvaluationReport report = tally.report();
  CHECK(report.clips == 4);
  CHECK(report.videos == 3);
  CHECK(report.clip_accuracy == Approx(0.5));
  CHECK(report.top1 == Approx(1.0 / 3));
  CHECK(report.top5 == Approx(1));
  // Class 0: 0.8 hit, 0.6 miss, 0.4 hit. Class 2: 0.5 hit, 0.3 hit, 0.2 miss.
  CHECK(report.mean_average_precision == Approx(((1 + 2.0 / 3) / 2 + 1) / 2));
  CHECK(report.score() == report.mean_average_precision);
  CHECK(report.classes[0].videos == 2);
  CHECK(report.classes[0].correct == 1);
  CHECK(report.classes[1].videos == 0);
  CHECK(report.confusion.empty());
  REQUIRE(report.predictions.size() == 3);
  std::size_t truths = 0;
  for (const VideoPrediction& prediction : report.predictions) truths += prediction.truth.size();
  CHECK(truths == 4);  // two videos show class 0, two class 2
  std::int64_t judged = 0;
  for (const CalibrationBin& bin : report.calibration) judged += bin.count;
  CHECK(judged == 9);  // every class of every video
  // Clips of class 0: 0.9, 0.7 and 0.4 hit, 0.6 missed; of class 2: 0.6, 0.4 and 0.3 hit, 0.2 missed.
  CHECK(report.clip_mean_average_precision == Approx(((1 + 1 + 3.0 / 4) / 3 + 1) / 2));
  REQUIRE(report.label_results.size() == 3);
  CHECK(report.label_results[0].videos == 2);
  CHECK(report.label_results[0].average_precision == Approx((1 + 2.0 / 3) / 2));
  CHECK(report.label_results[0].threshold == Approx(0.2));
  CHECK(report.label_results[0].f1 == Approx(0.8));
  CHECK(report.label_results[1].average_precision == -1);
  CHECK(report.label_results[1].threshold == 0.5);
  CHECK(report.label_results[2].threshold == Approx(0.25));
  CHECK(report.label_results[2].f1 == 1);
  const double first = std::log(0.8) + std::log(0.8) + std::log(0.5);
  const double second = std::log(0.4) + std::log(0.9) + std::log(0.3);
  const double third = std::log(0.4) + std::log(0.3) + std::log(0.8);
  CHECK(report.video_loss == Approx(-(first + second + third) / 9));
}

TEST_CASE("average precision is scikit-learn's") {
  // sklearn.metrics.average_precision_score of the same numbers.
  CHECK(average_precision(std::vector{0.9, 0.8, 0.7, 0.6}, {true, false, true, false}) == Approx(5.0 / 6));
  CHECK(average_precision(std::vector{0.5, 0.5, 0.5, 0.1}, {true, false, false, true}) == Approx(5.0 / 12));
  CHECK(average_precision(std::vector{0.3, 0.3, 0.8, 0.8, 0.1}, {true, true, false, true, false}) ==
        Approx(2.0 / 3));
  CHECK(average_precision(std::vector{0.1, 0.2}, {false, false}) == 0);
  CHECK(average_precision(std::vector{0.1, std::nan("")}, {false, true}) == 0.5);
  CHECK(average_precision({}, {}) == 0);
  CHECK_THROWS_AS(average_precision(std::vector{0.1}, {}), Error);
}

TEST_CASE("the best threshold has the largest F1 of scikit-learn's curve") {
  // The largest 2 p r / (p + r) of sklearn.metrics.precision_recall_curve, 1.9.1; its thresholds are scores,
  // ours halfway down to the next.
  const auto check = [](const std::vector<double>& scores, const std::vector<bool>& shown, double threshold,
                        double f1) {
    const BestThreshold best = best_threshold(scores, shown);
    CHECK(best.threshold == Approx(threshold));
    CHECK(best.f1 == Approx(f1));
  };
  check({0.9, 0.8, 0.7, 0.6, 0.5, 0.4}, {true, true, false, true, false, false}, 0.55, 0.8571428571428571);
  check({0.31, 0.55, 0.55, 0.82, 0.12, 0.55, 0.77}, {true, true, false, false, false, true, true}, 0.215,
        0.8);
  check({0.2, 0.4, 0.6}, {true, true, true}, 0.1, 1);
  check({0.05, 0.5, 0.5, 0.95, 0.3}, {true, false, false, false, false}, 0.025, 0.33333333333333337);
}

TEST_CASE("of equally good thresholds the highest is the best") {
  // 2 / 3 with one video above it and one hit, and with four and two.
  const BestThreshold best = best_threshold(std::vector{0.9, 0.7, 0.5, 0.3}, {true, false, false, true});
  CHECK(best.f1 == Approx(2.0 / 3));
  CHECK(best.threshold == Approx(0.8));
}

TEST_CASE("a threshold parts scores that are neighbours and counts none that is no number") {
  const double low = 0.7, high = std::nextafter(low, 1.0);
  const BestThreshold close = best_threshold(std::vector{low, high}, {false, true});
  CHECK(close.f1 == 1);
  CHECK(close.threshold < high);
  CHECK_FALSE(low > close.threshold);
  const BestThreshold without = best_threshold(std::vector{std::nan(""), 0.4, 0.0}, {true, true, true});
  CHECK(without.threshold == Approx(0.2));
  CHECK(without.f1 == Approx(0.5));
}

TEST_CASE("a class that no video shows has the usual threshold") {
  CHECK(best_threshold(std::vector{0.1, 0.9}, {false, false}).threshold == 0.5);
  CHECK(best_threshold(std::vector{0.1, 0.9}, {false, false}).f1 == 0);
  CHECK(best_threshold({}, {}).threshold == 0.5);
  CHECK(best_threshold(std::vector{0.0, 0.0}, {true, false}).threshold == 0.5);
  CHECK_THROWS_AS(best_threshold(std::vector{0.1}, {}), Error);
}
