// Which other choices give the published numbers as well as the best that the search has found.
#include <algorithm>
#include <array>
#include <cmath>

#include "c3d/match/recipe_search.h"

namespace c3d {
namespace {

constexpr int kMostPolishes = 4;
// Beyond it nothing is found, so that it does not matter which choices are as good.
constexpr double kWorthPolishing = 1e-3;
// Of rows that are of the same numbers; relative. Other orders of summing do 1e-6.
constexpr double kSameRows = 1e-5;

double as_good_error(const ScoredChoice& best) { return std::max(kAsGood * best.error(), kRoundingError); }

}  // namespace

void RecipeSearch::finish(Beam& beam) {
  if (beam.empty() || beam[0].error() > kWorthPolishing) return;
  if (published_.rows > 1) polish(beam);
  add_as_good(beam);
  Beam plain = unpooled(beam[0]);
  if (plain.empty()) return;
  take_poolings(0, 1);
  add_as_good(plain);
  beam.insert(beam.begin(), plain.begin(), plain.end());
}

void RecipeSearch::add_as_good(Beam& beam) {
  add_as_good_pixels(beam);
  add_as_good_readouts(beam);
  add_same_clips(beam);
}

// Single axes of the best, over all rows where that may be as good: what is better takes its place, what is
// as good shows that the axis is undecided.
void RecipeSearch::polish(Beam& beam) {
  for (int round = 0; round < kMostPolishes; ++round) {
    const ScoredChoice best = beam[0];
    for (std::uint8_t axis = 0; axis < kLayer; ++axis) {
      if (axis == kPool5) continue;
      for (const Choice& choice : exchanged(best.choice, std::array{static_cast<RecipeAxis>(axis)})) {
        if (choice.at(axis) == best.choice.at(axis) || !is_valid(choice)) continue;
        if (best_readout(choice, Level::one_row).error() > as_good_error(best)) continue;
        if (best_readout(choice, Level::some_rows).error() > as_good_error(best)) continue;
        beam.push_back(best_readout(choice, Level::all_rows));
      }
    }
    sort_best_first(beam);
    if (beam[0].choice == best.choice) return;
  }
}

// Segments of one window each are rows of windows where others count frames so that there are as many of these: each frame twice
// by time, say. These are the plainer recipes.
RecipeSearch::Beam RecipeSearch::unpooled(const ScoredChoice& best) {
  Beam plain;
  if (axes_.pooling(best.choice).kind != Pooling::Kind::segments || !gives_the_numbers(best)) return plain;
  const int first = first_pooling_, last = last_pooling_;
  take_poolings(0, 1);
  for (const Choice& choice : exchanged(best.choice, kPlaces)) {
    if (!is_valid(choice) || !gives_the_numbers(best_readout(choice, Level::one_row))) continue;
    if (!gives_the_numbers(best_readout(choice, Level::some_rows))) continue;
    const ScoredChoice one = best_readout(choice, Level::all_rows);
    if (gives_the_numbers(one)) plain.push_back(one);
  }
  take_poolings(first, last);
  sort_best_first(plain);
  return plain;
}

// Other pixels that are none, as of two crops that this video's shape makes one.
void RecipeSearch::add_as_good_pixels(Beam& beam) {
  const ScoredChoice best = beam[0];
  for (const RecipeAxis axis : kPixels) {
    ScoredChoice same = best;
    for (int value = 0; value < axes_.count(axis); ++value) {
      same.choice.at(axis) = value;
      if (is_valid(same.choice) && has_same_rows(best.choice, same.choice)) beam.push_back(same);
    }
  }
  sort_best_first(beam);
}

bool RecipeSearch::has_same_rows(const Choice& one, const Choice& other) {
  clips_.make_room();
  const std::vector<std::int64_t> starts = clips_.starts_of(one);
  for (const std::int64_t start : {starts.front(), starts.back()}) {
    const std::vector<float> row =
        readouts_.row_of(one, clips_.of(one, {start}, axes_.crop(one).crops), false);
    const std::vector<float> other_row =
        readouts_.row_of(other, clips_.of(other, {start}, axes_.crop(other).crops), false);
    double apart = 0, total = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      apart += std::pow(static_cast<double>(row[i]) - static_cast<double>(other_row[i]), 2);
      total += std::pow(static_cast<double>(row[i]), 2);
    }
    if (apart > kSameRows * kSameRows * total) return false;
  }
  return true;
}

// As L2 before pooling and after it, where each row is the pool of one clip.
void RecipeSearch::add_as_good_readouts(Beam& beam) {
  const ScoredChoice best = beam[0];
  for (const ScoredChoice& one : all_readouts(best.choice, Level::all_rows)) {
    if (one.error() <= as_good_error(best)) beam.push_back(one);
  }
  sort_best_first(beam);
}

// Other ways to count frames that give the very clips of the best choice, as every second frame of 30 a
// second and each of 15: several axes differ at once, and no number does.
void RecipeSearch::add_same_clips(Beam& beam) const {
  const ScoredChoice best = beam[0];
  const auto frames = clips_.frames_of(best.choice);
  ScoredChoice same = best;
  for (const Choice& choice : exchanged(best.choice, kPlaces)) {
    for (const RecipeAxis axis : kPlaces) same.choice.at(axis) = choice.at(axis);
    if (is_valid(same.choice) && clips_.frames_of(same.choice) == frames) beam.push_back(same);
  }
  sort_best_first(beam);
}

}  // namespace c3d
