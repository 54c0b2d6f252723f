// From which score on a video is said to show a class. Pure functions.
#pragma once

#include <span>
#include <vector>

namespace c3d {

struct BestThreshold {
  double threshold = 0.5;  // a score above it says that the class is there
  double f1 = 0;           // of that, over the videos it was chosen on
};

// The threshold with the largest F1 = 2 TP / (2 TP + FP + FN) (van Rijsbergen 1979), as
// sklearn.metrics.precision_recall_curve counts the hits of each. It lies halfway between the two scores that
// it parts, the lower of which is 0 where all videos are above it; of equally good ones it is the highest. A
// score that is no number is above none. Without a video that shows the class: 0.5. Scores are from 0 to 1.
BestThreshold best_threshold(std::span<const double> scores, const std::vector<bool>& shown);

}  // namespace c3d
