#include "c3d/match/recipe_search.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace c3d {
namespace {

constexpr std::size_t kBeam = 6, kNarrow = 3;
constexpr int kMostSweeps = 4;
// Errors beyond which no single choice stands between the best and the published numbers: of another network or
// video they are some 0.1, of one wrong choice 0.001 to 0.03.
constexpr double kHopeless = 0.05;
// Beyond it nothing is found, so that it does not matter which choices are as good.
constexpr double kWorthPolishing = 1e-3;

// Of the clips that one row is the pool of.
std::size_t most_windows(bool one_row) { return one_row ? 8 : 24; }

// At most so many of them, spread evenly.
std::vector<std::int64_t> some_of(const std::vector<std::int64_t>& all, const RowRange& range,
                                  std::size_t most) {
  std::vector<std::int64_t> some;
  const auto first = static_cast<std::size_t>(range.first),
             count = static_cast<std::size_t>(range.second - range.first);
  const std::size_t taken = std::min(count, most);
  for (std::size_t i = 0; i < taken; ++i) some.push_back(all[first + i * count / taken]);
  return some;
}

bool gives_the_numbers(const ScoredChoice& one) { return one.error() < kRoundingError; }

// Of choices that are equally good the plainest stands first: axes have their usual values in front.
void order(std::vector<ScoredChoice>& beam) {
  std::ranges::sort(beam, {}, &ScoredChoice::choice);
  const auto same = std::ranges::unique(beam, {}, &ScoredChoice::choice);
  beam.erase(same.begin(), same.end());
  std::ranges::stable_sort(beam, {}, &ScoredChoice::error);
}

}  // namespace

std::vector<ScoredChoice> RecipeSearch::run() {
  Beam all = search();
  if (!all.empty() && gives_the_numbers(all[0])) return all;
  if (axes_.count(kPooling) > 1) {
    pools_ = true;
    const Beam pooled = search();
    all.insert(all.end(), pooled.begin(), pooled.end());
    order(all);
  }
  return all;
}

RecipeSearch::Beam RecipeSearch::search() {
  Beam beam = seeds();
  if (beam.empty()) return beam;
  best_cosine_ = -1;
  for (const Level level : {Level::one_row, Level::some_rows, Level::all_rows}) {
    rescore(beam, level);
    // What is the pool of all clips shows which of them it is of when all are there; else three rows do.
    if (level == Level::one_row && !pools_) exchange(beam, {kNumbering, kStride, kFirst, kStep}, level, 1);
    const bool sweeps = level != Level::all_rows || (pools_ && published_.rows == 1);
    for (int i = 0; sweeps && i < kMostSweeps && !gives_the_numbers(beam[0]); ++i) {
      const Choice before = beam[0].choice;
      if (sweep(beam, level) || beam[0].choice == before) break;
    }
    // Pools hide from single axes which clips they are of: all ways to count frames are tried, where nothing
    // less has found the numbers.
    const Level last = published_.rows == 1 ? Level::all_rows : Level::some_rows;
    if (pools_ && level == last && !gives_the_numbers(beam[0]) && beam[0].error() < kHopeless) {
      exchange(beam, {kNumbering, kStride, kFirst, kStep}, level, 1);
      sweep(beam, level);
    }
    if (beam[0].error() > kHopeless) break;
  }
  if (beam[0].error() > kWorthPolishing) {
    rescore(beam, Level::all_rows);
    return beam;
  }
  polish(beam);
  add_as_good_readouts(beam);
  add_same_clips(beam);
  return beam;
}

// The plainest ways to count frames that give as many rows.
RecipeSearch::Beam RecipeSearch::seeds() const {
  Beam beam;
  Choice one{};
  one[kPooling] = pools_ ? 1 : 0;
  for (one[kNumbering] = 0; one[kNumbering] < axes_.count(kNumbering); ++one[kNumbering]) {
    for (one[kStride] = 0; one[kStride] < axes_.count(kStride); ++one[kStride]) {
      for (one[kFirst] = 0; one[kFirst] < axes_.count(kFirst); ++one[kFirst]) {
        for (one[kStep] = 0; one[kStep] < axes_.count(kStep); ++one[kStep]) {
          if (!is_valid(one)) continue;
          beam.push_back({.choice = one});
          if (beam.size() == kNarrow) return beam;
        }
      }
    }
  }
  return beam;
}

bool RecipeSearch::is_valid(const Choice& choice) const {
  if (!pools_ && std::ssize(clips_.starts_of(choice)) != published_.rows) return false;
  const MeanValue& mean = axes_.means[MatchAxes::at(choice, kMean)];
  if (!mean.cube) return true;
  const FrameForm& form = axes_.frame_form(choice);
  const ClipSpec spec = clips_.spec_of(choice);
  return !form.keeps_shape() && spec.crops != 3 &&
         std::ssize(*mean.cube) == std::int64_t{spec.clip_frames} * form.width * form.height * 3;
}

bool RecipeSearch::sweep(Beam& beam, Level level) {
  return exchange(beam, {kFrames, kColourOrder}, level, kNarrow) ||
         exchange(beam, {kMean, kScale}, level, kNarrow) ||
         exchange(beam, {kNumbering, kStride}, level, kNarrow) ||
         exchange(beam, {kFirst, kStep}, level, kNarrow) ||
         // The number of rows leaves few of these, and together they may do what none does alone.
         (!pools_ && level != Level::all_rows &&
          exchange(beam, {kNumbering, kStride, kFirst, kStep}, level, 1)) ||
         exchange(beam, {kCrops}, level, kNarrow);
}

// Every value of these axes for the first `from` of the beam, of which the best are kept. Whether the best
// gives the published numbers: no more are tried then.
bool RecipeSearch::exchange(Beam& beam, const std::vector<Axis>& axes, Level level, std::size_t from) {
  Beam all = beam;
  std::set<Choice> seen;
  bool found = false;
  for (std::size_t i = 0; i < std::min(from, beam.size()) && !found; ++i) {
    std::vector<Choice> choices{beam[i].choice};
    for (const Axis axis : axes) {
      std::vector<Choice> more;
      for (Choice choice : choices) {
        for (choice[axis] = 0; choice[axis] < axes_.count(axis); ++choice[axis]) more.push_back(choice);
      }
      choices = std::move(more);
    }
    for (Choice choice : choices) {
      choice[kPool5] = choice[kLayer] = choice[kPooling] = choice[kL2] = 0;
      if (!seen.insert(choice).second || !is_valid(choice)) continue;
      all.push_back(best_readout(choice, level));
      found = gives_the_numbers(all.back());
      if (found) break;
    }
  }
  order(all);
  all.resize(std::min(all.size(), kBeam));
  beam = std::move(all);
  return found;
}

void RecipeSearch::rescore(Beam& beam, Level level) {
  for (ScoredChoice& one : beam) one = best_readout(one.choice, level);
  order(beam);
}

// Single axes of the best, over all rows where that may be as good: what is better takes its place, what is
// as good shows that the axis is undecided.
void RecipeSearch::polish(Beam& beam) {
  for (int round = 0; round < kMostSweeps; ++round) {
    const ScoredChoice best = beam[0];
    const double as_good = std::max(kAsGood * best.error(), kRoundingError);
    for (std::uint8_t axis = 0; axis < kLayer; ++axis) {
      if (axis == kPool5) continue;
      for (int value = 0; value < axes_.count(static_cast<Axis>(axis)); ++value) {
        Choice choice = best.choice;
        if (choice.at(axis) == value) continue;
        choice.at(axis) = value;
        if (!is_valid(choice) || best_readout(choice, Level::one_row).error() > as_good) continue;
        if (best_readout(choice, Level::some_rows).error() > as_good) continue;
        beam.push_back(best_readout(choice, Level::all_rows));
      }
    }
    order(beam);
    if (beam[0].choice == best.choice) return;
  }
}

// As L2 before pooling and after it, where each row is the pool of one clip.
void RecipeSearch::add_as_good_readouts(Beam& beam) {
  const double as_good = std::max(kAsGood * beam[0].error(), kRoundingError);
  for (const ScoredChoice& one : all_readouts(beam[0].choice, Level::all_rows)) {
    if (one.error() <= as_good) beam.push_back(one);
  }
  order(beam);
}

// Other ways to count frames that give the very clips of the best choice, as every second frame of 30 a second
// and each of 15: several axes differ at once, and no number does.
void RecipeSearch::add_same_clips(Beam& beam) const {
  const ScoredChoice best = beam[0];
  const auto frames = clips_.frames_of(best.choice);
  ScoredChoice same = best;
  Choice& one = same.choice;
  for (one[kNumbering] = 0; one[kNumbering] < axes_.count(kNumbering); ++one[kNumbering]) {
    for (one[kStride] = 0; one[kStride] < axes_.count(kStride); ++one[kStride]) {
      for (one[kFirst] = 0; one[kFirst] < axes_.count(kFirst); ++one[kFirst]) {
        for (one[kStep] = 0; one[kStep] < axes_.count(kStep); ++one[kStep]) {
          if (is_valid(one) && clips_.frames_of(one) == frames) beam.push_back(same);
        }
      }
    }
  }
  order(beam);
}

ScoredChoice RecipeSearch::best_readout(const Choice& choice, Level level) {
  clips_.make_room();
  const ScoredChoice best = std::ranges::min(all_readouts(choice, level), {}, &ScoredChoice::error);
  if (best.cosine > best_cosine_) best_cosine_ = best.cosine;
  if (progress_) progress_(tried(), best_cosine_);
  return best;
}

// With every pooling that is tried.
RecipeSearch::Beam RecipeSearch::all_readouts(const Choice& choice, Level level) {
  Beam all;
  Choice one = choice;
  for (one[kPooling] = pools_ ? 1 : 0; one[kPooling] < (pools_ ? axes_.count(kPooling) : 1);
       ++one[kPooling]) {
    const std::vector<std::int64_t> starts = clips_.starts_of(one);
    const std::vector<RowRange> ranges = pooled_rows(axes_.pooling(one), std::ssize(starts));
    const std::size_t most = level == Level::all_rows ? starts.size() : most_windows(level == Level::one_row);
    // Where published rows have crops one tells as much of most axes.
    const int views = level == Level::one_row && published_.crops > 1 ? 1 : axes_.crop(one).crops;
    std::vector<RowClips> rows;
    for (const std::int64_t row : rows_of(level)) {
      const std::vector<std::int64_t> some = some_of(starts, ranges[static_cast<std::size_t>(row)], most);
      rows.push_back({row, clips_.of(one, some, views)});
    }
    const Beam read = readouts_.all(one, rows, static_cast<std::size_t>(views));
    all.insert(all.end(), read.begin(), read.end());
  }
  return all;
}

std::vector<std::int64_t> RecipeSearch::rows_of(Level level) const {
  if (level == Level::one_row) return {0};
  if (level == Level::some_rows && published_.rows > 3) return {0, published_.rows / 2, published_.rows - 1};
  std::vector<std::int64_t> rows(static_cast<std::size_t>(published_.rows));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace c3d
