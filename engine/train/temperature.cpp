#include "engine/train/temperature.h"

#include <algorithm>
#include <cmath>

#include "engine/train/bounded_log.h"

namespace c3d {
namespace {

constexpr int kHalvings = 50;  // of the range of 1 / T: to 1e-13

double logit(double p) { return bounded_log(p) - bounded_log(1 - p); }

// Independent of how large x is.
double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

// log(1 + exp(x))
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

// An item's scores before they are divided by T: logarithms, of label sets logits.
struct Scores {
  const ScoredItem& item;
  std::vector<double> values;
};

std::vector<Scores> scores_of(std::span<const ScoredItem> items, bool has_label_sets) {
  std::vector<Scores> all;
  all.reserve(items.size());
  for (const ScoredItem& item : items) {
    Scores& scores = all.emplace_back(Scores{item, {}});
    scores.values.reserve(item.probabilities.size());
    for (const double p : item.probabilities) {
      scores.values.push_back(has_label_sets ? logit(p) : bounded_log(p));
    }
  }
  return all;
}

// Of one item at 1 / T.
struct LossAndSlope {
  double loss = 0, slope = 0;  // the slope by 1 / T
};

LossAndSlope of_one_label(const Scores& scores, double inverse) {
  const double largest = *std::ranges::max_element(scores.values);
  double sum = 0, weighted = 0;
  for (const double score : scores.values) {
    const double weight = std::exp(inverse * (score - largest));
    sum += weight;
    weighted += weight * score;
  }
  const double truth = scores.values.at(static_cast<std::size_t>(scores.item.truth.front()));
  return {inverse * (largest - truth) + std::log(sum), weighted / sum - truth};
}

LossAndSlope of_label_set(const Scores& scores, double inverse) {
  LossAndSlope sums;
  for (std::size_t c = 0; c < scores.values.size(); ++c) {
    const double score = scores.values[c], shown = scores.item.shows(c) ? 1 : 0;
    sums.loss += softplus(inverse * score) - shown * inverse * score;
    sums.slope += score * (sigmoid(inverse * score) - shown);
  }
  const auto classes = static_cast<double>(scores.values.size());
  return {sums.loss / classes, sums.slope / classes};
}

LossAndSlope mean_at(std::span<const Scores> items, bool has_label_sets, double inverse) {
  LossAndSlope sums;
  for (const Scores& item : items) {
    const LossAndSlope one = has_label_sets ? of_label_set(item, inverse) : of_one_label(item, inverse);
    sums.loss += one.loss;
    sums.slope += one.slope;
  }
  const auto count = static_cast<double>(items.size());
  return {sums.loss / count, sums.slope / count};
}

}  // namespace

std::vector<double> at_temperature(std::span<const double> probabilities, double temperature,
                                   bool has_label_sets) {
  std::vector<double> scaled;
  scaled.reserve(probabilities.size());
  if (has_label_sets) {
    for (const double p : probabilities) scaled.push_back(sigmoid(logit(p) / temperature));
    return scaled;
  }
  for (const double p : probabilities) scaled.push_back(bounded_log(p) / temperature);
  const double largest = scaled.empty() ? 0 : *std::ranges::max_element(scaled);
  double sum = 0;
  for (double& value : scaled) sum += value = std::exp(value - largest);
  for (double& value : scaled) value /= sum;
  return scaled;
}

Temperature fit_temperature(std::span<const ScoredItem> items, bool has_label_sets) {
  if (items.empty()) return {};
  const std::vector<Scores> scores = scores_of(items, has_label_sets);
  double low = 1 / kMostTemperature, high = 1 / kLeastTemperature;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (mean_at(scores, has_label_sets, middle).slope <= 0 ? low : high) = middle;
  }
  const double best = (low + high) / 2;
  return {1 / best, mean_at(scores, has_label_sets, 1).loss, mean_at(scores, has_label_sets, best).loss};
}

}  // namespace c3d
