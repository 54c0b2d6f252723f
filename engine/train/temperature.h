// One number that makes probabilities right as often as they say, where a network is too sure or not sure
// enough: temperature scaling (Guo et al. 2017, "On calibration of modern neural networks", section 4.2). The
// likeliest class stays the likeliest. Pure functions.
#pragma once

#include <span>
#include <vector>

#include "engine/train/scored_item.h"

namespace c3d {

inline constexpr double kLeastTemperature = 0.01, kMostTemperature = 100;

struct Temperature {
  double value = 1;     // T; above 1: the probabilities are too sure
  double loss = 0;      // the mean negative log likelihood of the truth as the probabilities are
  double new_loss = 0;  // and at T
};

// One label: softmax(log(p) / T). Label sets: sigmoid(logit(p) / T) of each label. A probability of 0 counts
// as the least number above it.
std::vector<double> at_temperature(std::span<const double> probabilities, double temperature,
                                   bool has_label_sets);

// The T from 0.01 to 100 with the least negative log likelihood, over items, of label sets over the labels of
// all items; the loss is convex in 1 / T, so that there is one. Where every item is right, and where
// none tells one T from another, it is the least T. T is 1 where there are no items.
Temperature fit_temperature(std::span<const ScoredItem> items, bool has_label_sets);

}  // namespace c3d
