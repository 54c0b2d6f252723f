// What follows the network: which rule of pool5 and which layer are read, L2, the mean over crops, pooling.
// All of it is tried on what the network gave for the clips of some rows, and compared with the published
// rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "c3d/match/layer_rows.h"
#include "c3d/match/published_features.h"

namespace c3d {

// What choices are ordered by: 2 (1 - cosine), and a little of the difference, given as its square.
double match_error(double cosine, double squared_difference);

struct ScoredChoice {
  Choice choice{};
  double cosine = -1;       // the mean over rows, of each crop by itself
  double difference = 1e9;  // ||ours - published|| / ||published||
  double error() const { return match_error(cosine, difference * difference); }
};

// A published row, and what there is of its clips: [windows, views].
struct RowClips {
  std::int64_t row = 0;
  std::vector<const ClipLayers*> clips;
};

class Readouts {
 public:
  // Borrows both.
  Readouts(const MatchAxes& axes, const PublishedFeatures& published);
  // Whether published rows have other lengths than 1, so that lengths tell recipes apart.
  bool sees_lengths() const { return has_other_lengths_; }
  // All layers, rules of pool5, and rules of L2 that the lengths of the published rows allow, for this choice
  // of all else. views: of each clip, the first of those that its choice has.
  std::vector<ScoredChoice> all(const Choice& choice, const std::vector<RowClips>& rows, std::size_t views);
  // Of one clip, before pooling: the choice's layer of these views, their mean where it takes that.
  std::vector<float> row_of(const Choice& choice, std::span<const ClipLayers* const> views, bool l2) const;
  std::int64_t tried() const { return tried_; }

 private:
  std::vector<L2Rule> l2_rules(bool scales_clips) const;
  ScoredChoice scored(const Choice& choice, const std::vector<std::vector<float>>& rows,
                      const std::vector<RowClips>& published) const;

  const MatchAxes& axes_;
  const PublishedFeatures& published_;
  // Of published rows; L2 of none and L2 of all are ruled out by them.
  bool has_other_lengths_ = false, has_length_1_ = true;
  std::int64_t tried_ = 0;
};

}  // namespace c3d
