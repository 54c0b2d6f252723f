#include "c3d/match/recipe_search.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace c3d {
namespace {

constexpr std::size_t kBeam = 6, kNarrow = 3, kOfSamePixels = 2;
constexpr int kMostSweeps = 4;
// Of two rows that are one row written twice, at most; relative.
constexpr double kSameRow = 1e-6;

// Of the clips that one row is the pool of.
std::size_t most_windows(bool one_row) { return one_row ? 8 : 24; }

// The best of them, and of each way to prepare pixels no more than a few: another one may prove better with
// other windows.
void narrow(std::vector<ScoredChoice>& beam) {
  sort_best_first(beam);
  std::vector<ScoredChoice> kept;
  for (const ScoredChoice& one : beam) {
    const auto alike = std::ranges::count_if(
        kept, [&](const ScoredChoice& other) { return have_same_pixels(one.choice, other.choice); });
    if (static_cast<std::size_t>(alike) < kOfSamePixels) kept.push_back(one);
    if (kept.size() == kBeam) break;
  }
  beam = std::move(kept);
}

}  // namespace

bool gives_the_numbers(const ScoredChoice& one) { return one.error() < kRoundingError; }

void sort_best_first(std::vector<ScoredChoice>& beam) {
  std::ranges::sort(beam, {}, &ScoredChoice::choice);
  const auto same = std::ranges::unique(beam, {}, &ScoredChoice::choice);
  beam.erase(same.begin(), same.end());
  std::ranges::stable_sort(beam, {}, &ScoredChoice::error);
}

std::vector<bool> RecipeSearch::repeated_rows(const PublishedFeatures& published) {
  const auto size = static_cast<std::size_t>(published.crops * published.size);
  std::vector<bool> repeats(static_cast<std::size_t>(published.rows), false);
  for (std::size_t row = 1; row < repeats.size(); ++row) {
    double apart = 0, total = 0;
    for (std::size_t i = row * size; i < (row + 1) * size; ++i) {
      const auto here = static_cast<double>(published.values[i]);
      const auto before = static_cast<double>(published.values[i - size]);
      apart += (here - before) * (here - before);
      total += here * here;
    }
    repeats[row] = apart <= kSameRow * kSameRow * total;
  }
  return repeats;
}

std::vector<ScoredChoice> RecipeSearch::run() {
  const int all = axes_.count(kPooling);
  if (published_.rows == 1) {
    take_poolings(0, all);
    Beam beam = search_one_row();
    finish(beam);
    return beam;
  }
  Beam beam;
  // Rows that are the one before again are segments' as a rule: these come first then.
  std::array poolings = {std::pair(0, 1), std::pair(1, all)};
  if (std::ranges::find(repeats_, true) != repeats_.end()) std::ranges::reverse(poolings);
  for (const auto& [first, last] : poolings) {
    take_poolings(first, last);
    const Beam more = search_rows();
    beam.insert(beam.end(), more.begin(), more.end());
    sort_best_first(beam);
    if (!beam.empty() && gives_the_numbers(beam[0])) break;
  }
  if (beam.empty()) return beam;
  if (!gives_the_numbers(beam[0]) && beam[0].error() <= kHopeless) {
    take_poolings(0, all);
    search_jointly(Beam(beam), beam, Level::some_rows);
    narrow(beam);
    rescore(beam, Level::all_rows);
  }
  // As many segments as windows are the windows.
  const bool are_windows = std::ssize(clips_.starts_of(beam[0].choice)) == published_.rows;
  if (beam[0].choice[kPooling] == 0) {
    take_poolings(0, 1);
  } else {
    take_poolings(are_windows ? 0 : 1, all);
  }
  finish(beam);
  return beam;
}

void RecipeSearch::take_poolings(int first, int last) {
  first_pooling_ = first;
  last_pooling_ = last;
}

// Of a table of segments the rows that are alike must be of the same windows, and no others.
bool RecipeSearch::gives_rows(const Pooling& pooling, std::int64_t windows) const {
  if (pooling.kind == Pooling::Kind::none) return windows == published_.rows;
  if (pooling.kind != Pooling::Kind::segments) return true;
  const std::vector<RowRange> ranges = pooled_rows(pooling, windows);
  for (std::size_t row = 1; row < ranges.size(); ++row) {
    if ((ranges[row] == ranges[row - 1]) != repeats_[row]) return false;
  }
  return true;
}

bool RecipeSearch::is_valid(const Choice& choice) const {
  const std::int64_t windows = std::ssize(clips_.starts_of(choice));
  bool gives = false;
  for (int i = first_pooling_; i < last_pooling_ && !gives; ++i) {
    gives = gives_rows(axes_.poolings[static_cast<std::size_t>(i)], windows);
  }
  return gives && axes_.fits(choice);
}

RecipeSearch::Beam RecipeSearch::search_one_row() {
  Choice plain{};
  // Each frame begins a window, so that a few of them can lie evenly over all of the video.
  plain[kStep] = static_cast<int>(std::ranges::find(axes_.steps, 1) - axes_.steps.begin());
  plain[kPooling] = 1;
  Beam beam = {best_readout(plain, Level::one_row)};
  exchange(beam, std::array{kScale}, Level::one_row, 1);
  sweep_pixels(beam, Level::one_row, 2);
  exchange(beam, std::array{kNumbering, kStride}, Level::one_row, 1);
  sweep_pixels(beam, Level::one_row, 2);
  exchange(beam, std::array{kCrops}, Level::one_row, 1);
  if (beam[0].error() > kHopeless) return {best_readout(beam[0].choice, Level::all_rows)};
  Beam found;
  search_jointly(beam, found, Level::all_rows);
  return found;
}

RecipeSearch::Beam RecipeSearch::search_rows() {
  Beam beam = seeds();
  if (beam.empty()) return beam;
  best_cosine_ = -1;
  for (const Level level : {Level::one_row, Level::some_rows}) {
    if (level == Level::one_row) {
      beam = descend_from_views(beam[0].choice);
      narrow(beam);
    } else {
      const ScoredChoice of_first_row = beam[0];
      rescore(beam, level);
      if (gives_the_numbers(of_first_row)) exchange_later_rows(beam, of_first_row.choice);
    }
    for (int i = 0; i < kMostSweeps && !gives_the_numbers(beam[0]); ++i) {
      const Choice before = beam[0].choice;
      if (sweep(beam, level) || beam[0].choice == before) break;
    }
    const bool is_window = axes_.pooling(beam[0].choice).kind == Pooling::Kind::none;
    if (level == Level::one_row && is_window && gives_the_numbers(beam[0])) of_first_row_ = beam[0];
    if (beam[0].error() > kHopeless) break;
  }
  rescore(beam, Level::all_rows);
  return beam;
}

// The plainest ways to count frames that give as many rows.
RecipeSearch::Beam RecipeSearch::seeds() const {
  Beam beam;
  Choice one{};
  one[kPooling] = first_pooling_;
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

bool RecipeSearch::sweep(Beam& beam, Level level) {
  return sweep_pixels(beam, level, kNarrow) ||
         exchange(beam, std::array{kNumbering, kStride}, level, kNarrow) ||
         exchange(beam, std::array{kFirst, kStep}, level, kNarrow) ||
         // The number of rows leaves few of these, and together they may do what none does alone.
         exchange(beam, kPlaces, level, 1) || exchange(beam, std::array{kCrops}, level, kNarrow);
}

bool RecipeSearch::sweep_pixels(Beam& beam, Level level, std::size_t from) {
  return exchange(beam, std::array{kFrames, kColourOrder}, level, from) ||
         exchange(beam, std::array{kMean}, level, from) || exchange(beam, std::array{kScale}, level, 1);
}

// Every value of these axes for the first `from` of the beam, of which the best are kept. Whether the best
// gives the published numbers: no more are tried then.
bool RecipeSearch::exchange(Beam& beam, std::span<const RecipeAxis> axes, Level level, std::size_t from) {
  Beam all = beam;
  std::set<Choice> seen;
  bool found = false;
  for (std::size_t i = 0; i < std::min(from, beam.size()) && !found; ++i) {
    // A mean over crops costs as many passes; it must be the best to have them.
    if (i > 0 && axes_.crop(beam[i].choice).averages) continue;
    for (Choice choice : exchanged(beam[i].choice, axes)) {
      if (!seen.insert(choice).second || !is_valid(choice)) continue;
      all.push_back(best_readout(choice, level));
      found = gives_the_numbers(all.back());
      if (found) break;
    }
  }
  narrow(all);
  beam = std::move(all);
  return found;
}

// Without what is read from the same clips, which best_readout() decides.
std::vector<Choice> RecipeSearch::exchanged(Choice choice, std::span<const RecipeAxis> axes) const {
  choice[kPool5] = choice[kLayer] = choice[kPooling] = choice[kL2] = 0;
  std::vector<Choice> choices{choice};
  for (const RecipeAxis axis : axes) {
    std::vector<Choice> more;
    for (Choice one : choices) {
      for (one.at(axis) = 0; one.at(axis) < axes_.count(axis); ++one.at(axis)) more.push_back(one);
    }
    choices = std::move(more);
  }
  return choices;
}

void RecipeSearch::rescore(Beam& beam, Level level) {
  for (ScoredChoice& one : beam) one = best_readout(one.choice, level);
  sort_best_first(beam);
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
  // Where published rows have crops one tells as much of most axes.
  const int views = level == Level::one_row && published_.crops > 1 ? 1 : axes_.crop(one).crops;
  const std::vector<std::int64_t> compared = rows_of(level);
  for (one[kPooling] = first_pooling_; one[kPooling] < last_pooling_; ++one[kPooling]) {
    std::vector<RowClips> rows;
    for (const std::vector<std::int64_t>& starts : starts_of(one, level)) {
      rows.push_back({compared[rows.size()], clips_.of(one, starts, views)});
    }
    if (rows.empty()) continue;
    const Beam read = readouts_.all(one, rows, static_cast<std::size_t>(views));
    all.insert(all.end(), read.begin(), read.end());
  }
  return all;
}

std::vector<std::vector<std::int64_t>> RecipeSearch::starts_of(const Choice& choice, Level level) const {
  const std::vector<std::int64_t> all = clips_.starts_of(choice);
  std::vector<std::vector<std::int64_t>> starts;
  if (!gives_rows(axes_.pooling(choice), std::ssize(all))) return starts;
  const std::size_t most = level == Level::all_rows ? all.size() : most_windows(level == Level::one_row);
  const std::vector<RowRange> ranges = pooled_rows(axes_.pooling(choice), std::ssize(all));
  for (const std::int64_t row : rows_of(level)) {
    const auto [first, last] = ranges[static_cast<std::size_t>(row)];
    const std::span range =
        std::span(all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
    starts.push_back(spread(range, most));
  }
  return starts;
}

std::vector<std::int64_t> RecipeSearch::rows_of(Level level) const {
  if (level == Level::one_row) return {0};
  if (level == Level::some_rows && published_.rows > 3) return {0, published_.rows / 2, published_.rows - 1};
  std::vector<std::int64_t> rows(static_cast<std::size_t>(published_.rows));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace c3d
