#include "engine/train/metrics.h"

#include <cmath>
#include <limits>

#include "catch.h"
#include "engine/core/error.h"

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
  tally.add(host_tensor(probabilities.data(), {5, 3}), host_tensor(losses.data(), {5}),
            host_tensor(labels.data(), {5}), origins);
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
}
