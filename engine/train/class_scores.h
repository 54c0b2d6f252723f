// Precision, recall and F1 of classes (van Rijsbergen 1979), with the numbers that scikit-learn's
// precision_recall_fscore_support gives with zero_division=0: what would divide by nothing is 0. Pure
// functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/train/scored_item.h"

namespace c3d {

struct ClassCounts {
  std::int64_t shown = 0;  // items that show the class
  std::int64_t told = 0;   // items of which it is told
  std::int64_t right = 0;  // both
};

double precision(const ClassCounts& counts);  // right / told
double recall(const ClassCounts& counts);     // right / shown
double f1_score(const ClassCounts& counts);   // 2 right / (told + shown)

// Of confusion[truth][predicted], which is square.
std::vector<ClassCounts> class_counts(const std::vector<std::vector<std::int64_t>>& confusion);
// Of label sets: a class is told of an item whose probability is above the class's threshold.
std::vector<ClassCounts> class_counts(std::span<const ScoredItem> items, std::span<const double> thresholds);
// Those that an item shows or of which one is told: the classes that scikit-learn knows of items with one
// label each.
std::vector<ClassCounts> present_classes(std::span<const ClassCounts> classes);

struct ScoreAverages {
  double precision = 0, recall = 0, f1 = 0;
};
ScoreAverages macro_average(std::span<const ClassCounts> classes);     // each class counts alike
ScoreAverages weighted_average(std::span<const ClassCounts> classes);  // each by the items that show it

// The mean recall of the classes that an item shows, as balanced_accuracy_score has it. 0 where there is
// none.
double mean_class_accuracy(std::span<const ClassCounts> classes);

}  // namespace c3d
