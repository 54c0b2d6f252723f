// How near estimated rows come to the published ones: what Readouts says of computed rows, of some columns
// alone and faster.
#pragma once

#include <cstdint>
#include <vector>

#include "c3d/match/clip_estimates.h"

namespace c3d {

// A way to count frames: which clips each of the compared rows is of.
struct Placing {
  Choice choice;  // its pooling, too
  std::vector<std::vector<std::size_t>> clips;
};

// How far estimated rows are from the published ones, in the columns that are compared.
class EstimateJudge {
 public:
  // Borrows axes. sees_lengths: the published rows have lengths of their own, not 1.
  EstimateJudge(const MatchAxes& axes, const PublishedFeatures& published,
                const std::vector<std::int64_t>& rows, const std::vector<std::size_t>& columns,
                bool sees_lengths);
  // The least of all layers, rules of pool5 and of L2. scaled: each row of a clip, its layers by themselves,
  // at length 1.
  double error(const Placing& placing, const std::vector<EstimatedRow>& rows,
               const std::vector<EstimatedRow>& scaled) const;

 private:
  double error_of(const Placing& placing, const std::vector<EstimatedRow>& rows, std::size_t layer,
                  bool sees_lengths) const;

  const MatchAxes& axes_;
  std::size_t columns_;
  bool sees_lengths_;
  std::vector<float> published_;  // [rows, columns]
};

}  // namespace c3d
