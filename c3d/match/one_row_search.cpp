// The search where one row is the pool of a whole video's windows.
#include <algorithm>
#include <array>

#include "c3d/match/recipe_search.h"

namespace c3d {
namespace {

constexpr int kMostRounds = 3;
// So many ways to prepare pixels meet all ways to count frames, and all but the best of them only the
// likeliest of these.
constexpr std::size_t kPixels = 5, kAllPairs = 64, kSomePairs = 8, kFrom = 2;
// The network's passes, in clips, after which no further pixels are tried.
constexpr std::int64_t kMostClips = 12000;

bool is_among(const std::vector<Choice>& choices, const Choice& one) {
  return std::ranges::any_of(choices, [&](const Choice& other) { return have_same_pixels(one, other); });
}

}  // namespace

RecipeSearch::Beam RecipeSearch::search_one_row() {
  Choice plain{};
  // Each frame begins a window, so that a few of them can lie evenly over all of the video.
  plain[kStep] = static_cast<int>(std::ranges::find(axes_.steps, 1) - axes_.steps.begin());
  plain[kPooling] = 1;
  Beam beam = {best_readout(plain, Level::one_row)};
  exchange(beam, std::array{kScale}, Level::one_row, 1);
  for (int round = 0; round < kMostRounds && !gives_the_numbers(beam[0]); ++round) {
    const Choice before = beam[0].choice;
    sweep_pixels(beam, Level::one_row, kFrom);
    exchange(beam, std::array{kNumbering, kStride}, Level::one_row, kFrom);
    exchange(beam, std::array{kCrops}, Level::one_row, 1);
    if (beam[0].choice == before) break;
  }
  const bool is_hopeless = beam[0].error() > kHopeless;
  Beam found;
  if (!is_hopeless && search_places(beam, found)) return found;
  rescore(beam, Level::all_rows);
  found.insert(found.end(), beam.begin(), beam.end());
  sort_best_first(found);
  return found;
}

// Of the likeliest pixels all ways to count frames; the best of these then shows the pixels more sharply, and the
// next to be tried are those that it favours. Whether the published numbers are found: they stand first in
// `found` then.
bool RecipeSearch::search_places(const Beam& beam, Beam& found) {
  std::vector<Choice> tried, next;
  for (const ScoredChoice& one : beam) {
    if (!is_among(next, one.choice)) next.push_back(one.choice);
  }
  while (!next.empty() && tried.size() < kPixels && clips_.computed() < kMostClips) {
    const Choice pixels = next.front();
    next.erase(next.begin());
    if (search_places_of(pixels, tried.empty() ? kAllPairs : kSomePairs, found)) return true;
    tried.push_back(pixels);
    Beam sharper = {found[0]};
    const bool is_found = sweep_pixels(sharper, Level::all_rows, 1);
    if (!is_among(tried, sharper[0].choice)) {
      std::erase_if(next, [&](const Choice& one) { return have_same_pixels(one, sharper[0].choice); });
      next.insert(next.begin(), sharper[0].choice);
    }
    found.insert(found.end(), sharper.begin(), sharper.end());
    sort_best_first(found);
    if (is_found) return true;
  }
  return false;
}

// The likeliest numberings and strides first; of each all first frames and steps.
bool RecipeSearch::search_places_of(const Choice& pixels, std::size_t most_pairs, Beam& found) {
  Beam pairs;
  for (const Choice& choice : exchanged(pixels, std::array{kNumbering, kStride})) {
    pairs.push_back(best_readout(choice, Level::one_row));
  }
  sort_best_first(pairs);
  pairs.resize(std::min(pairs.size(), most_pairs));
  for (const ScoredChoice& pair : pairs) {
    for (const Choice& choice : exchanged(pair.choice, std::array{kFirst, kStep})) {
      found.push_back(best_readout(choice, Level::all_rows));
    }
    sort_best_first(found);
    if (gives_the_numbers(found[0])) return true;
  }
  return false;
}

}  // namespace c3d
