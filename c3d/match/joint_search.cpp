// The last resort of the search: pixels and ways to count frames together, where each by itself leads astray.
// All pairs are ranked by what their rows are estimated to be; the best of them are computed, and what the
// network gave for these makes the next estimates sharper.
#include <algorithm>
#include <array>
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
constexpr std::size_t kSharpened = 16, kComputed = 48, kOfOnePixels = 6;
constexpr std::size_t kMostSeen = 12;  // clips of a computed pair that become knots
constexpr int kRounds = 8;
// The network's passes, in clips, after which no further pairs are tried.
constexpr std::int64_t kMostClips = 8000;

// Evenly spread.
std::vector<std::size_t> columns_of(std::int64_t size) {
  const auto all = static_cast<std::size_t>(size), count = std::min(all, kColumns);
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < count; ++i) columns.push_back(i * all / count);
  return columns;
}

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

 private:
  struct Pair {  // of pixels and a way to count frames
    double error = 0;
    Choice choice;
    const Placing* placing = nullptr;
  };

  void add_placings();
  std::vector<Choice> all_pixels() const;
  std::vector<Pair> best_of(const Choice& pixels) const;
  std::vector<Pair> ranked(const std::vector<Choice>& pixels) const;
  bool see_likeliest(const std::vector<Pair>& pairs);

  RecipeSearch& search_;
  Level level_;
  Choice base_;
  std::vector<std::int64_t> rows_;
  std::vector<std::size_t> columns_;
  ClipEstimates estimates_;
  EstimateJudge judge_;
  std::vector<Placing> placings_;
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

std::vector<Choice> RecipeSearch::JointSearch::all_pixels() const {
  std::vector<Choice> all = search_.exchanged(base_, std::array{kFrames, kColourOrder, kMean, kCrops});
  std::erase_if(all, [&](const Choice& choice) { return !search_.is_valid(choice); });
  return all;
}

std::vector<RecipeSearch::JointSearch::Pair> RecipeSearch::JointSearch::best_of(const Choice& pixels) const {
  const std::vector<EstimatedRow> rows = estimates_.of(pixels), scaled = scaled_rows(rows, columns_.size());
  std::vector<Pair> pairs;
  for (const Placing& placing : placings_) {
    Choice choice = with_pixels(placing.choice, pixels);
    choice[kPooling] = 0;  // of a pair that is computed all are tried
    if (!computed_.contains(choice)) pairs.push_back({judge_.error(placing, rows, scaled), choice, &placing});
  }
  const std::size_t count = std::min(kOfOnePixels, pairs.size());
  std::ranges::partial_sort(pairs, pairs.begin() + static_cast<std::ptrdiff_t>(count), {}, &Pair::error);
  pairs.resize(count);
  return pairs;
}

std::vector<RecipeSearch::JointSearch::Pair> RecipeSearch::JointSearch::ranked(
    const std::vector<Choice>& pixels) const {
  std::vector<Pair> pairs;
  for (const Choice& one : pixels) {
    const std::vector<Pair> best = best_of(one);
    pairs.insert(pairs.end(), best.begin(), best.end());
  }
  std::ranges::stable_sort(pairs, {}, &Pair::error);
  return pairs;
}

// The knots of the likeliest pixels, in which the network has not seen them. Whether there were any.
bool RecipeSearch::JointSearch::see_likeliest(const std::vector<Pair>& pairs) {
  std::size_t seen = 0;
  for (const Pair& pair : pairs) {
    if (seen == kSharpened) break;
    if (estimates_.has_seen(pair.choice)) continue;
    estimates_.see_knots(pair.choice);
    ++seen;
  }
  return seen > 0;
}

void RecipeSearch::JointSearch::run(Beam& found) {
  const std::vector<Choice> pixels = all_pixels();
  const std::int64_t most = search_.clips_.computed() + kMostClips;
  for (int round = 0; round < kRounds && search_.clips_.computed() < most; ++round) {
    std::vector<Pair> pairs = ranked(pixels);
    if (see_likeliest(pairs)) pairs = ranked(pixels);
    if (pairs.size() > kComputed) pairs.resize(kComputed);
    for (const Pair& pair : pairs) {
      if (!computed_.insert(pair.choice).second) continue;
      found.push_back(search_.best_readout(pair.choice, level_));
      if (gives_the_numbers(found.back())) return;
      std::vector<std::size_t> clips;
      for (const auto& row : pair.placing->clips) clips.insert(clips.end(), row.begin(), row.end());
      estimates_.see(pair.choice, spread(std::span<const std::size_t>(clips), kMostSeen));
    }
  }
}

// What is computed joins the beam.
void RecipeSearch::search_jointly(const Choice& from, Beam& beam, Level level) {
  JointSearch(*this, from, level).run(beam);
  sort_best_first(beam);
}

}  // namespace c3d
