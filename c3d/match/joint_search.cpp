// The last resort of the search: pixels and ways to count frames together, where each by itself leads astray.
// All pairs are ranked by what their rows are estimated to be; the best of them are computed, and what the
// network gave for these makes the next estimates sharper.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "c3d/inference/row_steps.h"
#include "c3d/match/clip_estimates.h"
#include "c3d/match/estimate_judge.h"
#include "c3d/match/recipe_search.h"

namespace c3d {
namespace {

constexpr std::size_t kColumns = 64;          // of a row are compared
constexpr std::size_t kMostEstimated = 4000;  // clips
// Pixels whose knots are seen, pairs that are computed in a round, and of these in the same pixels.
constexpr std::size_t kSharpened = 12, kComputed = 24, kOfOnePixels = 6;
constexpr std::size_t kMostSeen = 12;  // clips of a computed pair that become knots
// Of those that are taken in a round the views of frames are at least so many: other means and numberings of
// the same view are estimated alike, right or wrong.
constexpr std::size_t kViews = 3;
constexpr int kRounds = 4;
constexpr std::size_t kBases = 4;
// Estimated errors beyond which no pair gives the published numbers: right ones are estimated at 1e-6 to
// 1e-3.
constexpr double kHopelessEstimate = 0.02;
// An error beyond which no other base is tried.
constexpr double kNear = 0.01;
// The network's passes, in clips, after which no further pairs are tried.
constexpr std::int64_t kMostClips = 8000;
// Where the error of a pair is below the first, so many pixels of the nearest pairs are searched by themselves, in so many passes
// and pairs each: means over ten crops leave few pairs to the rounds above.
constexpr double kNearlyThere = 1e-3;
constexpr std::size_t kSearchedAlone = 3;
// Where the video has no more clips than these, in all ways to count its frames, further pixels are worth it: shares of a few labels
// differ little between wrong ways, and tell little of which are near.
constexpr std::size_t kFewClips = 1000, kSearchedOfFew = 8;
constexpr std::int64_t kMostClipsAlone = 12000;
constexpr int kMostPairsAlone = 600;

// Evenly spread.
std::vector<std::size_t> columns_of(std::int64_t size) {
  const auto all = static_cast<std::size_t>(size), count = std::min(all, kColumns);
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < count; ++i) columns.push_back(i * all / count);
  return columns;
}

// What of a frame is seen, in which colours.
std::array<int, 3> view_of(const Choice& choice) {
  return {choice[kFrames], choice[kCrops], choice[kColourOrder]};
}

// Admits choices of each view up to a number.
class Variety {
 public:
  explicit Variety(std::size_t most) : most_(most) {}
  bool admits(const Choice& choice) { return admitted_[view_of(choice)]++ < most_; }

 private:
  std::size_t most_;
  std::map<std::array<int, 3>, std::size_t> admitted_;
};

std::vector<EstimatedRow> scaled_rows(std::vector<EstimatedRow> rows, std::size_t columns) {
  for (EstimatedRow& row : rows) scale_to_length_1(row, columns);
  return rows;
}

// The clips of one crop are the fewest, and a mean cube does not go with all frames.
Choice simplest(Choice choice, const MatchAxes& axes) {
  choice[kCrops] = choice[kPool5] = choice[kLayer] = choice[kL2] = 0;
  if (axes.means[MatchAxes::at(choice, kMean)].cube) choice[kMean] = 0;
  return choice;
}

}  // namespace

class RecipeSearch::JointSearch {
 public:
  JointSearch(RecipeSearch& search, const Choice& from, Level level);
  // Adds the pairs that it computes; the last one gives the published numbers where any does.
  void run(Beam& found);
  std::size_t clips() const { return estimates_.count(); }
  // The same of the pairs with these pixels alone, the likeliest first.
  void run_with(const Choice& pixels, Beam& found);

 private:
  struct Pair {  // of pixels and a way to count frames
    double error = 0;
    Choice choice;
    std::size_t pixels = 0, placing = 0;
  };
  struct Pixels {
    Choice choice;
    std::vector<Pair> best{};  // by what is estimated
    bool is_ranked = false;    // false: more is known by now
    bool has_knots = false;    // that the network has seen
  };

  void add_placings();
  void add_pixels();
  std::vector<Pair> best_of(std::size_t pixels) const;
  std::vector<Pair> ranked();
  bool see_likeliest(const std::vector<Pair>& pairs);
  void compute(const Pair& pair, Beam& found);

  RecipeSearch& search_;
  Level level_;
  Choice base_;
  std::vector<std::int64_t> rows_;
  std::vector<std::size_t> columns_;
  ClipEstimates estimates_;
  EstimateJudge judge_;
  std::vector<Placing> placings_;
  std::vector<Pixels> pixels_;
  std::set<Choice> computed_;
};

RecipeSearch::JointSearch::JointSearch(RecipeSearch& search, const Choice& from, Level level)
    : search_(search),
      level_(level),
      base_(simplest(from, search.axes_)),
      rows_(search.rows_of(level)),
      columns_(columns_of(search.published_.size)),
      estimates_(base_, search.axes_, search.clips_, search.readouts_, columns_,
                 search.published_.crops > 1 ? 1 : 0),
      judge_(search.axes_, search.published_, rows_, columns_, search.readouts_.sees_lengths()) {
  add_placings();
  add_pixels();
  estimates_.compute();
}

// The usual ways to count frames first, as many as the network can see in fair time. Of those that give the
// same clips the first one stands for all.
void RecipeSearch::JointSearch::add_placings() {
  std::vector<Choice> choices = search_.exchanged(base_, kPlaces);
  std::ranges::stable_sort(choices, {}, [](const Choice& choice) {
    return choice[kNumbering] + choice[kStride] + choice[kFirst] + choice[kStep];
  });
  std::set<std::pair<int, std::vector<std::vector<std::size_t>>>> known;
  for (Choice choice : choices) {
    if (!search_.is_valid(choice)) continue;
    for (int pooling = search_.first_pooling_; pooling < search_.last_pooling_; ++pooling) {
      choice[kPooling] = pooling;
      Placing placing{choice, {}};
      for (const std::vector<std::int64_t>& starts : search_.starts_of(choice, level_)) {
        std::vector<std::size_t>& clips = placing.clips.emplace_back();
        for (const std::int64_t start : starts) clips.push_back(estimates_.add(choice, start));
      }
      if (!placing.clips.empty() && known.emplace(pooling, placing.clips).second) {
        placings_.push_back(std::move(placing));
      }
    }
    if (estimates_.count() >= kMostEstimated) return;
  }
}

void RecipeSearch::JointSearch::add_pixels() {
  std::set<std::vector<std::int64_t>> known;
  for (const Choice& choice : search_.exchanged(base_, std::array{kFrames, kColourOrder, kMean, kCrops})) {
    if (search_.is_valid(choice) && known.insert(search_.clips_.pixels_of(choice)).second) {
      pixels_.push_back({choice});
    }
  }
}

std::vector<RecipeSearch::JointSearch::Pair> RecipeSearch::JointSearch::best_of(std::size_t pixels) const {
  const std::vector<EstimatedRow> rows = estimates_.of(pixels_[pixels].choice),
                                  scaled = scaled_rows(rows, columns_.size());
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < placings_.size(); ++i) {
    Choice choice = with_pixels(placings_[i].choice, pixels_[pixels].choice);
    choice[kPooling] = 0;  // of a pair that is computed all are tried
    if (!computed_.contains(choice)) {
      pairs.push_back({judge_.error(placings_[i], rows, scaled), choice, pixels, i});
    }
  }
  const std::size_t count = std::min(kOfOnePixels, pairs.size());
  std::ranges::partial_sort(pairs, pairs.begin() + static_cast<std::ptrdiff_t>(count), {}, &Pair::error);
  pairs.resize(count);
  return pairs;
}

std::vector<RecipeSearch::JointSearch::Pair> RecipeSearch::JointSearch::ranked() {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    Pixels& pixels = pixels_[i];
    if (!pixels.is_ranked) pixels.best = best_of(i);
    pixels.is_ranked = true;
    pairs.insert(pairs.end(), pixels.best.begin(), pixels.best.end());
  }
  std::ranges::stable_sort(pairs, {}, &Pair::error);
  return pairs;
}

// The knots of the likeliest pixels, where the network has not seen them. Whether there were any.
bool RecipeSearch::JointSearch::see_likeliest(const std::vector<Pair>& pairs) {
  std::size_t seen = 0;
  Variety alike(kSharpened / kViews);
  for (const Pair& pair : pairs) {
    if (seen == kSharpened) break;
    Pixels& pixels = pixels_[pair.pixels];
    if (pixels.has_knots || !alike.admits(pair.choice)) continue;
    estimates_.see_knots(pixels.choice);
    pixels.has_knots = true;
    pixels.is_ranked = false;
    ++seen;
  }
  return seen > 0;
}

void RecipeSearch::JointSearch::compute(const Pair& pair, Beam& found) {
  found.push_back(search_.best_readout(pair.choice, level_));
  std::vector<std::size_t> clips;
  for (const auto& row : placings_[pair.placing].clips) clips.insert(clips.end(), row.begin(), row.end());
  Pixels& pixels = pixels_[pair.pixels];
  estimates_.see(pixels.choice, spread(std::span<const std::size_t>(clips), kMostSeen));
  pixels.is_ranked = false;
}

void RecipeSearch::JointSearch::run(Beam& found) {
  const std::int64_t most = search_.clips_.computed() + kMostClips;
  for (int round = 0; round < kRounds && search_.clips_.computed() < most; ++round) {
    std::vector<Pair> pairs = ranked();
    if (see_likeliest(pairs)) pairs = ranked();
    // One shows how near the nearest comes.
    const bool is_hopeless = pairs.empty() || pairs[0].error > kHopelessEstimate;
    const std::size_t most_pairs = is_hopeless ? 1 : kComputed;
    std::size_t count = 0;
    Variety alike(kComputed / kViews);
    for (const Pair& pair : pairs) {
      if (count == most_pairs) break;
      if (!alike.admits(pair.choice) || !computed_.insert(pair.choice).second) continue;
      ++count;
      compute(pair, found);
      if (gives_the_numbers(found.back())) return;
    }
    if (is_hopeless) return;
  }
}

void RecipeSearch::JointSearch::run_with(const Choice& pixels, Beam& found) {
  const std::vector<std::int64_t> wanted = search_.clips_.pixels_of(pixels);
  const auto own = std::ranges::find_if(
      pixels_, [&](const Pixels& one) { return search_.clips_.pixels_of(one.choice) == wanted; });
  if (own == pixels_.end()) return;
  estimates_.see_knots(own->choice);
  const std::int64_t most = search_.clips_.computed() + kMostClipsAlone;
  for (int count = 0; count < kMostPairsAlone && search_.clips_.computed() < most;) {
    const std::vector<Pair> pairs = best_of(static_cast<std::size_t>(own - pixels_.begin()));
    if (pairs.empty()) return;
    for (const Pair& pair : pairs) {
      ++count;
      computed_.insert(pair.choice);
      compute(pair, found);
      if (gives_the_numbers(found.back())) return;
    }
  }
}

// What is computed joins the beam. Estimates are the sharper the nearer their base is, and the nearest is not
// known: several are tried, of what is likeliest so far.
void RecipeSearch::search_jointly(const Beam& likely, Beam& beam, Level level) {
  std::set<std::array<int, 3>> bases;
  Beam next = likely;
  std::size_t clips = 0;
  while (bases.size() < kBases) {
    const auto base = std::ranges::find_if(
        next, [&](const ScoredChoice& one) { return !bases.contains(view_of(simplest(one.choice, axes_))); });
    if (base == next.end()) break;
    bases.insert(view_of(simplest(base->choice, axes_)));
    JointSearch joint(*this, base->choice, level);
    joint.run(beam);
    clips = joint.clips();
    sort_best_first(beam);
    if (beam.empty() || gives_the_numbers(beam[0]) || beam[0].error() > kNear) return;
    // What came nearest is a better base than what was likeliest before.
    next = beam;
    next.insert(next.end(), likely.begin(), likely.end());
  }
  const bool has_few = clips <= kFewClips;
  const std::size_t most = has_few ? kSearchedOfFew : kSearchedAlone;
  std::vector<Choice> nearest;
  nearest.reserve(most);
  for (const ScoredChoice& one : beam) {
    const bool is_known = std::ranges::any_of(
        nearest, [&](const Choice& choice) { return have_same_pixels(choice, one.choice); });
    const bool is_near = one.error() < (has_few ? kHopeless : kNearlyThere);
    if (nearest.size() < most && is_near && !is_known) nearest.push_back(one.choice);
  }
  for (const Choice& pixels : nearest) {
    JointSearch(*this, pixels, level).run_with(pixels, beam);
    sort_best_first(beam);
    if (gives_the_numbers(beam[0])) return;
  }
}

}  // namespace c3d
