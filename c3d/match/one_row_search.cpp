// The search where one row is the pool of a whole video's windows.
#include <algorithm>
#include <array>

#include "c3d/match/recipe_search.h"

namespace c3d {
namespace {

constexpr int kMostRounds = 3;
// So many ways to prepare pixels meet all ways to count frames, and all but the best of them only the
// likeliest of these.
constexpr std::size_t kPixels = 3, kAllPairs = 64, kSomePairs = 8, kFrom = 2;
// The network's passes, in clips, after which no further pixels are tried.
constexpr std::int64_t kMostClips = 8000;

// One choice for each way to prepare pixels, the best first.
std::vector<Choice> different_pixels(const std::vector<ScoredChoice>& beam) {
  std::vector<Choice> pixels;
  for (const ScoredChoice& one : beam) {
    const bool is_known =
        std::ranges::any_of(pixels, [&](const Choice& other) { return have_same_pixels(one.choice, other); });
    if (!is_known) pixels.push_back(one.choice);
    if (pixels.size() == kPixels) break;
  }
  return pixels;
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
  for (int round = 0; round < kMostRounds && !is_hopeless; ++round) {
    if (search_places(beam, found)) return found;
    if (clips_.computed() > kMostClips) break;
    // With the best of all places the pixels are seen more sharply.
    beam = {found[0]};
    if (sweep_pixels(beam, Level::all_rows, 1)) return beam;
    if (have_same_pixels(beam[0].choice, found[0].choice)) break;
    found.insert(found.end(), beam.begin(), beam.end());
    sort_best_first(found);
  }
  if (found.empty()) {
    rescore(beam, Level::all_rows);
    return beam;
  }
  return found;
}

// Whether the published numbers are found: they stand first in `found` then.
bool RecipeSearch::search_places(const Beam& beam, Beam& found) {
  std::size_t most = kAllPairs;
  for (const Choice& pixels : different_pixels(beam)) {
    if (search_places_of(pixels, most, found)) return true;
    if (clips_.computed() > kMostClips) return false;
    most = kSomePairs;
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
