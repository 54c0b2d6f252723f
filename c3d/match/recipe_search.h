// The search for the recipe that made a table of features. Coarse to fine: the first row alone, then three
// rows, then all. At each level a few best choices are kept, and the values of one or two axes are exchanged
// at a time; layers, pool5, pooling and L2 cost no pass of the network and are tried with every clip. What a
// clip gave is remembered, whichever way of counting frames led to it.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "c3d/match/layer_rows.h"
#include "c3d/match/match_frames.h"
#include "c3d/match/published_features.h"
#include "data/crop_views.h"

namespace c3d {

struct ScoredChoice {
  Choice choice{};
  double cosine = -1, difference = 1e9;
  double error = 1e9;  // what choices are ordered by: 2 (1 - cosine), and a little of the difference
};

struct SearchInput {
  const MatchAxes& axes;
  const PublishedFeatures& published;
  const MatchFrames& frames;
  const std::vector<std::vector<std::int64_t>>& places;  // of each numbering
  const C3dConfig& network;
  std::size_t batch = 8;
  std::function<void(const std::string&)> progress;
};

class RecipeSearch {
 public:
  RecipeSearch(const SearchInput& input, LayerRows& layers) : in_(input), layers_(layers) {}
  // The best first, over all rows; none where no way to count frames gives as many rows.
  std::vector<ScoredChoice> run();
  std::int64_t tried() const { return tried_; }

 private:
  enum class Level : std::uint8_t { one_row, some_rows, all_rows };
  using Beam = std::vector<ScoredChoice>;

  Beam seeds() const;
  void exchange(Beam& beam, const std::vector<Axis>& axes, Level level, std::size_t from);
  void rescore(Beam& beam, Level level);
  void sweep(Beam& beam, Level level);
  void polish(Beam& beam);
  ScoredChoice best_readout(const Choice& choice, Level level);
  ScoredChoice scored(const Choice& choice, const std::vector<std::int64_t>& rows,
                      const std::vector<std::vector<std::int64_t>>& windows);
  ClipSpec spec_of(const Choice& choice) const;
  std::vector<std::int64_t> starts_of(const Choice& choice) const;
  bool is_valid(const Choice& choice) const;
  std::string key_of(const Choice& choice, std::int64_t start, int view) const;
  void need(const Choice& choice, std::int64_t start);
  void compute_pending();
  std::vector<float> clip(const Choice& choice, std::int64_t start, int view);
  std::span<const float> row_of(const Choice& choice, std::int64_t start, int view) const;

  const SearchInput in_;
  LayerRows& layers_;
  std::unordered_map<std::string, ClipLayers> known_;
  std::size_t known_values_ = 0;
  std::vector<std::pair<std::string, std::vector<float>>> pending_;
  ViewCutter cutter_;
  std::int64_t tried_ = 0;
};

}  // namespace c3d
