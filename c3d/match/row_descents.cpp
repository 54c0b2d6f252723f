// Where a table has rows of windows: a descent from each view of the frames. A wrong form or order of colours
// changes a row more than a wrong window does, and with the wrong ones a wrong window is the best, so that the
// values of one axis after another lead astray. Windows near each other have rows near each other: a few of
// them tell which views are likely, and each of these is followed by itself.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "c3d/match/recipe_search.h"

namespace c3d {
namespace {

// Ways to count frames that are tried with every view, and the likeliest views, which are followed.
constexpr std::size_t kCoarse = 12, kFollowed = 6;
// Clips that all views of crops, or all ways to count frames with one view, may take.
constexpr std::size_t kMostViewClips = 1200, kMostPlaceClips = 400;

// Mean over the frames of clips, as each lies in the video.
double distance(const std::vector<std::int64_t>& one, const std::vector<std::int64_t>& other) {
  std::int64_t apart = 0;
  const std::size_t count = std::min(one.size(), other.size());
  for (std::size_t i = 0; i < count; ++i) apart += std::abs(one[i] - other[i]);
  return static_cast<double>(apart) / static_cast<double>(count);
}

}  // namespace

// Of those that give the same clips of the first row the first one.
std::vector<RecipeSearch::Place> RecipeSearch::places_of_first_row(const Choice& choice) const {
  std::vector<Place> places;
  std::set<std::vector<std::int64_t>> known;
  for (const Choice& one : exchanged(choice, kPlaces)) {
    if (!is_valid(one)) continue;
    Place place{one, first_row_frames(one)};
    if (known.insert(place.frames).second) places.push_back(std::move(place));
  }
  std::ranges::stable_sort(places, {}, [](const Place& place) { return place.frames.front(); });
  return places;
}

// Of each pooling that is tried, one after the other.
std::vector<std::int64_t> RecipeSearch::first_row_frames(Choice choice) const {
  std::vector<std::int64_t> frames;
  for (choice[kPooling] = first_pooling_; choice[kPooling] < last_pooling_; ++choice[kPooling]) {
    for (const std::vector<std::int64_t>& row : starts_of(choice, Level::one_row)) {
      for (const std::int64_t start : row) {
        const std::vector<std::int64_t> clip = clips_.frames_of(choice, start);
        frames.insert(frames.end(), clip.begin(), clip.end());
      }
    }
  }
  return frames;
}

// The likeliest of each view, by a few ways to count frames; the best first.
RecipeSearch::Beam RecipeSearch::likely_views(const Choice& from, const std::vector<Place>& places,
                                              std::size_t clips_of_place) {
  std::set<std::vector<std::int64_t>> views;
  std::vector<Choice> choices;
  for (const Choice& choice : exchanged(from, std::array{kFrames, kColourOrder})) {
    if (is_valid(choice) && views.insert(clips_.pixels_of(choice)).second) choices.push_back(choice);
  }
  const std::size_t count =
      std::clamp<std::size_t>(kMostViewClips / (choices.size() * clips_of_place + 1), 4, kCoarse);
  Beam likely;
  for (const Choice& view : choices) {
    ScoredChoice best;
    for (const Place& place : spread(std::span(places), count)) {
      const ScoredChoice one = best_readout(with_pixels(place.choice, view), Level::one_row);
      if (one.error() < best.error()) best = one;
    }
    likely.push_back(best);
  }
  sort_best_first(likely);
  return likely;
}

// The mean and the way to count frames in turn, of these the nearest in the video first.
ScoredChoice RecipeSearch::descend(ScoredChoice best, const std::vector<Place>& places,
                                   std::size_t clips_of_place) {
  const auto try_choice = [&](const Choice& choice) {
    if (gives_the_numbers(best) || !is_valid(choice)) return;
    const ScoredChoice one = best_readout(choice, Level::one_row);
    if (one.error() < best.error()) best = one;
  };
  Choice before;
  do {
    before = best.choice;
    for (const Choice& choice : exchanged(best.choice, std::array{kMean})) try_choice(choice);
    std::vector<std::pair<double, const Place*>> nearest;
    nearest.reserve(places.size());
    const std::vector<std::int64_t> here = first_row_frames(best.choice);
    for (const Place& place : places) nearest.emplace_back(distance(here, place.frames), &place);
    std::ranges::stable_sort(nearest, {}, [](const auto& one) { return one.first; });
    nearest.resize(std::min(nearest.size(), 1 + kMostPlaceClips / clips_of_place));
    const Choice pixels = best.choice;
    for (const auto& [apart, place] : nearest) try_choice(with_pixels(place->choice, pixels));
  } while (best.choice != before && !gives_the_numbers(best));
  return best;
}

// The likeliest scale comes first: with wrong pixels a wrong one may be that, so that the others follow where nothing comes near.
RecipeSearch::Beam RecipeSearch::descend_from_views(const Choice& seed) {
  const std::vector<Place> places = places_of_first_row(seed);
  Beam scales;
  for (Choice& choice : exchanged(seed, std::array{kScale})) {
    Beam of_scale;
    for (const Place& place : spread(std::span(places), 4)) {
      of_scale.push_back(best_readout(with_pixels(place.choice, choice), Level::one_row));
    }
    scales.push_back(std::ranges::min(of_scale, {}, &ScoredChoice::error));
  }
  sort_best_first(scales);
  Beam found = scales;
  for (const ScoredChoice& scale : scales) {
    descend_with_scale(scale.choice, places, found);
    if (found[0].error() <= kHopeless) break;
  }
  return found;
}

// Crops whose mean is taken come after the others, as they take as many passes.
void RecipeSearch::descend_with_scale(Choice from, const std::vector<Place>& places, Beam& found) {
  std::vector<int> crops(axes_.crops.size());
  for (std::size_t i = 0; i < crops.size(); ++i) crops[i] = static_cast<int>(i);
  std::ranges::stable_sort(crops, {}, [&](int i) { return axes_.crops[static_cast<std::size_t>(i)].crops; });
  for (const int i : crops) {
    from[kCrops] = i;
    const auto passes = static_cast<std::size_t>(published_.crops > 1 ? 1 : axes_.crop(from).crops);
    const std::size_t clips =
        passes * (places[0].frames.size() / static_cast<std::size_t>(axes_.clip_frames));
    Beam likely = likely_views(from, places, clips);
    likely.resize(std::min(likely.size(), std::max<std::size_t>(kFollowed / passes, 2)));
    for (const ScoredChoice& view : likely) {
      found.push_back(descend(view, places, clips));
      if (gives_the_numbers(found.back())) break;
    }
    sort_best_first(found);
    if (gives_the_numbers(found[0]) || found[0].error() > kHopeless) break;
  }
}

// The first row is given: only ways to count frames that have its clips are left.
void RecipeSearch::exchange_later_rows(Beam& beam, const Choice& of_first_row) {
  const std::vector<std::int64_t> frames = first_row_frames(of_first_row);
  for (const Choice& choice : exchanged(of_first_row, kPlaces)) {
    if (!is_valid(choice) || first_row_frames(choice) != frames) continue;
    beam.push_back(best_readout(choice, Level::some_rows));
    if (gives_the_numbers(beam.back())) break;
  }
  sort_best_first(beam);
}

}  // namespace c3d
