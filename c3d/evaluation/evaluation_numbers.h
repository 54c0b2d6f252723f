// From the tally of an evaluation to the numbers that users see.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "c3d/evaluation.h"
#include "engine/train/metrics.h"

namespace c3d {

// What is known of the items of a tally, which are videos or clips.
struct TallyFacts {
  EvaluationReport report;
  std::vector<ScoredItem> items;
  EvaluationNumbers numbers;
};
// thresholds: of each class, of label sets; else empty.
TallyFacts facts_of(const EvaluationTally& tally, const std::vector<std::string>& labels,
                    std::span<const double> thresholds);

}  // namespace c3d
