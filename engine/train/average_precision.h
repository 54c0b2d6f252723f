// How well the scores of a class put the videos that show it before those that do not. Pure functions.
#pragma once

#include <span>
#include <vector>

#include "engine/train/scored_item.h"

namespace c3d {

// Average precision: the sum over thresholds of (recall - recall at the threshold above) * precision, as
// sklearn.metrics.average_precision_score has it, without interpolation; equal scores are one threshold. A
// score that is no number comes last. shown[i]: whether video i shows the class. 0 where none does.
double average_precision(std::span<const double> scores, const std::vector<bool>& shown);

// Of each class; negative where no item shows it.
std::vector<double> average_precisions(std::span<const ScoredItem> items, std::size_t classes);
// The mean of those that are not negative; 0 where there is none.
double mean_average_precision(std::span<const double> of_classes);

}  // namespace c3d
