// What the network would give for clips in pixels that it has not seen. All ways to prepare pixels times all
// ways to count frames are too many to compute. But how another crop or mean changes a clip's rows is much
// the same for clips near it in the video: the network sees all clips in one way to prepare pixels, and a few
// of them, the knots, in the others; in between, the change is interpolated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "c3d/match/clip_results.h"
#include "c3d/match/readouts.h"

namespace c3d {

// Of one clip: of each rule of pool5 and layer, the columns that are compared.
using EstimatedRow = std::vector<float>;

class ClipEstimates {
 public:
  // Borrows all but the first. base: the pixels in which the network sees all clips; columns: of a row, which
  // are compared; views: of each clip at most, as many as its crops have where 0.
  ClipEstimates(const Choice& base, const MatchAxes& axes, ClipResults& clips, const Readouts& readouts,
                std::vector<std::size_t> columns, int views);

  // The number of the clip that starts there, as the choice counts frames. All are added before compute().
  std::size_t add(const Choice& choice, std::int64_t start);
  std::size_t count() const { return windows_.size(); }
  // What the estimates of all others start from.
  void compute();
  // The network sees all knots in these pixels.
  void see_knots(const Choice& pixels);
  // And these clips, which are knots of these pixels from then on.
  void see(const Choice& pixels, std::span<const std::size_t> windows);
  // Of all clips, in the order of their numbers. Probabilities are interpolated as logarithms, so that
  // changes add up as those of fc8 do.
  std::vector<EstimatedRow> of(const Choice& pixels) const;

 private:
  using Pixels = std::array<int, kPixels.size()>;
  using Changes =
      std::map<std::size_t, EstimatedRow>;  // by clip: what these pixels give, less what base gives
  struct Window {
    Choice places;  // one of the ways to count frames that have it
    std::int64_t start = 0;
    std::vector<std::int64_t> frames;  // decoded ones
  };

  static Pixels pixels_of(const Choice& choice);
  void choose_knots();
  double distance(std::size_t one, std::size_t other) const;
  std::vector<EstimatedRow> rows_of(const Choice& pixels, std::span<const std::size_t> windows);
  // Of those of the windows that `which` counts, which are counted alike.
  void see_rows(Choice choice, std::span<const std::size_t> windows, std::span<const std::size_t> which,
                std::vector<EstimatedRow>& rows);
  Changes changes_of(const Choice& pixels, const Choice& reference, std::span<const std::size_t> windows);
  void add_single_changes();
  // What is guessed of pixels whose knots were not seen: the changes of single axes, together.
  Changes guessed(const Choice& pixels) const;
  std::size_t view_of(const Choice& pixels) const;
  std::size_t colours_of(const Choice& pixels) const;
  void undo_logarithms(EstimatedRow& row) const;

  Choice base_;
  const MatchAxes& axes_;
  ClipResults& clips_;
  const Readouts& readouts_;
  std::vector<std::size_t> columns_;
  int views_;
  std::vector<Window> windows_;
  std::map<std::vector<std::int64_t>, std::size_t> by_frames_;
  std::vector<EstimatedRow> base_rows_;
  std::vector<std::size_t> knots_;
  std::map<Pixels, Changes> seen_;
  std::vector<Changes> by_view_, by_colours_;  // by frames and crops; by colours and mean
};

}  // namespace c3d
