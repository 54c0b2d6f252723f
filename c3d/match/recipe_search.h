// The search for the recipe that made a table of features. Its number of rows rules out most ways to count
// frames; if none that is left gives the table without pooling, pooling is tried. Coarse to fine: one row
// alone, then three rows, then all. At each level a few of the best choices are kept, and the values of one or
// two axes are exchanged at a time; layers, pool5 and L2 cost no pass of the network and are tried with every
// clip. As soon as a choice gives the published numbers but for rounding, the next level has its turn.
#pragma once

#include <functional>
#include <vector>

#include "c3d/match/clip_results.h"
#include "c3d/match/readouts.h"

namespace c3d {

// What rounding alone does, as the square of a relative difference: the same recipe computed by another
// program has errors of some 1e-11.
inline constexpr double kRoundingError = 1e-9;
// Choices whose error is at most so many times that of the best are as good as it.
inline constexpr double kAsGood = 4;

class RecipeSearch {
 public:
  using Progress = std::function<void(std::int64_t tried, double cosine)>;
  // Borrows all but the last.
  RecipeSearch(const MatchAxes& axes, const PublishedFeatures& published, ClipResults& clips,
               Progress progress)
      : axes_(axes),
        published_(published),
        clips_(clips),
        readouts_(axes, published),
        progress_(std::move(progress)) {}
  // The best first, over all rows; none where no way to count frames gives as many rows.
  std::vector<ScoredChoice> run();
  std::int64_t tried() const { return readouts_.tried(); }

 private:
  enum class Level : std::uint8_t { one_row, some_rows, all_rows };
  using Beam = std::vector<ScoredChoice>;

  Beam search();
  Beam seeds() const;
  // Whether the level is done: its best choice gives the published numbers.
  bool sweep(Beam& beam, Level level);
  bool exchange(Beam& beam, const std::vector<Axis>& axes, Level level, std::size_t from);
  void rescore(Beam& beam, Level level);
  void polish(Beam& beam);
  void add_as_good_readouts(Beam& beam);
  void add_same_clips(Beam& beam) const;
  ScoredChoice best_readout(const Choice& choice, Level level);
  Beam all_readouts(const Choice& choice, Level level);
  std::vector<std::int64_t> rows_of(Level level) const;
  bool is_valid(const Choice& choice) const;

  const MatchAxes& axes_;
  const PublishedFeatures& published_;
  ClipResults& clips_;
  Readouts readouts_;
  Progress progress_;
  bool pools_ = false;  // else each row is of one clip
  double best_cosine_ = -1;
};

}  // namespace c3d
