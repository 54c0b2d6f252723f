// The search for the recipe that made a table of features.
//
// Rows of windows, or of segments: how many rows there are, and which of them are alike because a short
// video has fewer windows than segments, rules out most ways to count frames. Coarse to fine: one row alone,
// then three rows, then all. At each level a few of the best choices are kept, and the values of one or two
// axes are exchanged at a time.
//
// One row of a whole video hides which windows it is of, and nothing rules any out. What pixels are like
// changes it much and which windows it is of little: a few windows, evenly spread, say what pixels are like,
// nearly. There, and where else nothing is found though something comes near, pixels and ways to count frames
// are searched together (joint_search).
//
// Layers, pool5, pooling and L2 cost no pass of the network and are tried with every clip. As soon as a
// choice gives the published numbers but for rounding, the next level has its turn.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "c3d/match/clip_results.h"
#include "c3d/match/readouts.h"

namespace c3d {

// What rounding alone does, as the square of a relative difference: the same recipe computed by another
// program has errors of some 1e-11.
inline constexpr double kRoundingError = 1e-9;
// Choices whose error is at most so many times that of the best are as good as it.
inline constexpr double kAsGood = 4;
// Errors beyond which no single choice stands between the best and the published numbers: of another network
// or video they are some 0.1, of one wrong choice 0.001 to 0.03.
inline constexpr double kHopeless = 0.05;

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
        progress_(std::move(progress)),
        repeats_(repeated_rows(published)) {}
  // The best first, over all rows; none where no way to count frames gives as many rows.
  std::vector<ScoredChoice> run();
  std::int64_t tried() const { return readouts_.tried(); }
  // What gives the first row of a table of windows but for rounding, after run(); nullopt: nothing does. Where it is not the best of all
  // rows, the windows after the first are others.
  const std::optional<ScoredChoice>& of_first_row() const { return of_first_row_; }

 private:
  enum class Level : std::uint8_t { one_row, some_rows, all_rows };
  using Beam = std::vector<ScoredChoice>;

  static std::vector<bool> repeated_rows(const PublishedFeatures& published);
  // Those from `first` on, before `last`.
  void take_poolings(int first, int last);
  bool gives_rows(const Pooling& pooling, std::int64_t windows) const;
  bool is_valid(const Choice& choice) const;

  Beam search_rows();
  Beam seeds() const;
  // Whether the level is done: its best choice gives the published numbers.
  bool sweep(Beam& beam, Level level);
  bool sweep_pixels(Beam& beam, Level level, std::size_t from);
  bool exchange(Beam& beam, std::span<const RecipeAxis> axes, Level level, std::size_t from);
  std::vector<Choice> exchanged(Choice choice, std::span<const RecipeAxis> axes) const;
  void rescore(Beam& beam, Level level);

  struct Place {  // a way to count frames, and the decoded frames of the first row's clips under it
    Choice choice;
    std::vector<std::int64_t> frames;
  };
  std::vector<Place> places_of_first_row(const Choice& choice) const;
  std::vector<std::int64_t> first_row_frames(Choice choice) const;
  Beam descend_from_views(const Choice& seed);
  void descend_with_scale(Choice from, const std::vector<Place>& places, Beam& found);
  Beam likely_views(const Choice& from, const std::vector<Place>& places, std::size_t clips_of_place);
  ScoredChoice descend(ScoredChoice best, const std::vector<Place>& places, std::size_t clips_of_place);
  void exchange_later_rows(Beam& beam, const Choice& of_first_row);

  Beam search_one_row();
  class JointSearch;
  void search_jointly(const Beam& likely, Beam& beam, Level level);

  void finish(Beam& beam);
  void polish(Beam& beam);
  void add_as_good(Beam& beam);
  Beam unpooled(const ScoredChoice& best);
  void add_as_good_pixels(Beam& beam);
  bool has_same_rows(const Choice& one, const Choice& other);
  void add_as_good_readouts(Beam& beam);
  void add_same_clips(Beam& beam) const;

  ScoredChoice best_readout(const Choice& choice, Level level);
  Beam all_readouts(const Choice& choice, Level level);
  std::vector<std::int64_t> rows_of(Level level) const;
  // Of each of these rows the starts of its windows; none where this pooling does not give such rows.
  std::vector<std::vector<std::int64_t>> starts_of(const Choice& choice, Level level) const;

  const MatchAxes& axes_;
  const PublishedFeatures& published_;
  ClipResults& clips_;
  Readouts readouts_;
  Progress progress_;
  std::vector<bool> repeats_;  // of each published row, whether it is the one before it again
  int first_pooling_ = 0, last_pooling_ = 1;
  double best_cosine_ = -1;
  std::optional<ScoredChoice> of_first_row_;
};

// Of choices that are equally good the plainest stands first: axes have their usual values in front.
void sort_best_first(std::vector<ScoredChoice>& beam);
bool gives_the_numbers(const ScoredChoice& one);
// At most so many of them, spread evenly.
template <typename Value>
std::vector<Value> spread(std::span<const Value> all, std::size_t most) {
  const std::size_t count = std::min(all.size(), most);
  std::vector<Value> some;
  for (std::size_t i = 0; i < count; ++i) some.push_back(all[(2 * i + 1) * all.size() / (2 * count)]);
  return some;
}

}  // namespace c3d
