#include "c3d/match/recipe_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "c3d/inference/row_steps.h"
#include "data/clip_sampler.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::size_t kBeam = 5, kNarrow = 3;
constexpr std::size_t kMostKnown = std::size_t{100} << 20;  // floats
constexpr double kDifferenceShare = 1e-3;                   // of the error, beside the cosine's
constexpr double kSame = 1e-7;                              // errors below differ by rounding alone
constexpr int kSweeps = 3;

std::size_t most_windows(bool one_row) { return one_row ? 3 : 48; }

// At most so many of them, spread evenly.
std::vector<std::int64_t> some_of(const std::vector<std::int64_t>& all, std::size_t first, std::size_t last,
                                  std::size_t most) {
  std::vector<std::int64_t> some;
  const std::size_t count = last - first, taken = std::min(count, most);
  for (std::size_t i = 0; i < taken; ++i) some.push_back(all[first + i * count / taken]);
  return some;
}

void order(std::vector<ScoredChoice>& beam) {
  std::ranges::stable_sort(beam, {}, &ScoredChoice::error);
  const auto same = std::ranges::unique(beam, {}, &ScoredChoice::choice);
  beam.erase(same.begin(), same.end());
}

}  // namespace

ClipSpec RecipeSearch::spec_of(const Choice& choice) const {
  ClipSpec spec = clip_spec(preprocessing_of(in_.axes, choice), in_.network.clip_frames, in_.network.crop);
  spec.frame_stride = in_.axes.strides[static_cast<std::size_t>(choice[kStride])];
  spec.first_frame = in_.axes.firsts[static_cast<std::size_t>(choice[kFirst])];
  spec.step = in_.axes.steps[static_cast<std::size_t>(choice[kStep])];
  spec.crops = in_.axes.crops[static_cast<std::size_t>(choice[kCrops])].crops;
  return spec;
}

std::vector<std::int64_t> RecipeSearch::starts_of(const Choice& choice) const {
  const auto& places = in_.places[static_cast<std::size_t>(choice[kNumbering])];
  return clip_starts(spec_of(choice), static_cast<std::int64_t>(places.size()));
}

bool RecipeSearch::is_valid(const Choice& choice) const {
  const bool none = in_.axes.poolings[static_cast<std::size_t>(choice[kPooling])].kind == Pooling::Kind::none;
  if (none && std::ssize(starts_of(choice)) != in_.published.rows) return false;
  const bool cube = in_.axes.means[static_cast<std::size_t>(choice[kMean])].cube != nullptr;
  const FrameForm& form = in_.axes.frames[static_cast<std::size_t>(choice[kFrames])];
  const std::int64_t values = in_.network.clip_frames * form.width * form.height * 3;
  if (cube && (form.resize == ResizeRule::short_side || spec_of(choice).crops == 3 ||
               std::ssize(*in_.axes.means[static_cast<std::size_t>(choice[kMean])].cube) != values)) {
    return false;
  }
  return true;
}

std::string RecipeSearch::key_of(const Choice& choice, std::int64_t start, int view) const {
  const ClipSpec spec = spec_of(choice);
  const auto& places = in_.places[static_cast<std::size_t>(choice[kNumbering])];
  std::vector<std::int64_t> key = {choice[kFrames], choice[kColourOrder], choice[kMean],
                                   choice[kScale],  spec.crops,           view};
  for (int i = 0; i < spec.clip_frames; ++i) {
    key.push_back(places[static_cast<std::size_t>(clip_frame(spec, start, i, std::ssize(places)))]);
  }
  return {reinterpret_cast<const char*>(key.data()), key.size() * sizeof(key[0])};
}

// As the first convolution reads it: (pixel - mean) * scale in the network's colour order, zeros behind.
std::vector<float> RecipeSearch::clip(const Choice& choice, std::int64_t start, int view) {
  const ClipSpec spec = spec_of(choice);
  const Preprocessing how = preprocessing_of(in_.axes, choice);
  const auto& places = in_.places[static_cast<std::size_t>(choice[kNumbering])];
  const SizedFrames& sized = in_.frames.sized(static_cast<std::size_t>(choice[kFrames]));
  const CropView at = crop_views(spec, sized.height, sized.width)[static_cast<std::size_t>(view)];
  const bool bgr = how.colour_order == ColourOrder::bgr;
  const auto side = static_cast<std::size_t>(spec.crop);
  std::vector<std::uint8_t> square(side * side * 3);
  std::vector<float> result(static_cast<std::size_t>(spec.clip_frames) * side * side * kClipChannels);
  for (int i = 0; i < spec.clip_frames; ++i) {
    const auto number = places[static_cast<std::size_t>(clip_frame(spec, start, i, std::ssize(places)))];
    cutter_.cut(at, sized.height, sized.width, spec.crop, sized.frames[static_cast<std::size_t>(number)],
                square);
    for (std::size_t y = 0; y < side; ++y) {
      for (std::size_t x = 0; x < side; ++x) {
        const std::size_t from = at.mirrored ? side - 1 - x : x;
        float* const out = &result[((static_cast<std::size_t>(i) * side + y) * side + x) * kClipChannels];
        for (std::size_t c = 0; c < 3; ++c) {
          float mean = how.mean.at(c);
          if (how.mean_cube) {
            const std::size_t row = static_cast<std::size_t>(i * sized.height + at.top) + y;
            mean = (*how.mean_cube)[(row * static_cast<std::size_t>(sized.width) +
                                     static_cast<std::size_t>(at.left) + from) *
                                        3 +
                                    c];
          }
          out[c] = (static_cast<float>(square[(y * side + from) * 3 + (bgr ? 2 - c : c)]) - mean) * how.scale;
        }
      }
    }
  }
  return result;
}

void RecipeSearch::need(const Choice& choice, std::int64_t start) {
  for (int view = 0; view < spec_of(choice).crops; ++view) {
    std::string key = key_of(choice, start, view);
    if (known_.contains(key)) continue;
    known_[key];  // asked for
    pending_.emplace_back(std::move(key), clip(choice, start, view));
    if (pending_.size() == in_.batch) compute_pending();
  }
}

void RecipeSearch::compute_pending() {
  if (pending_.empty()) return;
  std::vector<float> clips;
  for (const auto& [key, values] : pending_) clips.insert(clips.end(), values.begin(), values.end());
  // A batch that is not full is filled up, so that one program does.
  const std::size_t n = pending_.size() == 1 ? 1 : in_.batch;
  clips.resize(clips.size() / pending_.size() * n);
  std::vector<ClipLayers> layers = layers_.run(clips, static_cast<std::int64_t>(n));
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (const auto& row : layers[i]) known_values_ += row.size();
    known_[pending_[i].first] = std::move(layers[i]);
  }
  pending_.clear();
}

std::span<const float> RecipeSearch::row_of(const Choice& choice, std::int64_t start, int view) const {
  const ClipLayers& layers = known_.at(key_of(choice, start, view));
  return layers[static_cast<std::size_t>(choice[kPool5]) * in_.axes.layers.size() +
                static_cast<std::size_t>(choice[kLayer])];
}

ScoredChoice RecipeSearch::scored(const Choice& choice, const std::vector<std::int64_t>& rows,
                                  const std::vector<std::vector<std::int64_t>>& windows) {
  const CropChoice crops = in_.axes.crops[static_cast<std::size_t>(choice[kCrops])];
  const L2Rule l2 = in_.axes.l2[static_cast<std::size_t>(choice[kL2])];
  const Pooling& pooling = in_.axes.poolings[static_cast<std::size_t>(choice[kPooling])];
  const auto size = static_cast<std::size_t>(in_.published.size);
  const std::size_t row_size = size * static_cast<std::size_t>(in_.published.crops);
  double cosines = 0, apart = 0, total = 0;
  std::int64_t count = 0;
  std::vector<float> joined;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    PooledRow pool(pooling.kind);
    for (const std::int64_t start : windows[r]) {
      joined.clear();
      for (int view = 0; view < crops.crops; ++view) {
        const std::span<const float> row = row_of(choice, start, view);
        joined.insert(joined.end(), row.begin(), row.end());
      }
      pool.add(clip_row(joined, size,
                        {.averages_crops = crops.averages, .l2 = l2 == L2Rule::rows || l2 == L2Rule::both}));
    }
    std::vector<float> ours = pool.values();
    if (l2 == L2Rule::pooled || l2 == L2Rule::both) scale_to_length_1(ours, size);
    const std::span<const float> theirs =
        std::span(in_.published.values).subspan(static_cast<std::size_t>(rows[r]) * row_size, row_size);
    for (std::size_t crop = 0; crop < row_size; crop += size, ++count) {
      double dot = 0, a = 0, b = 0;
      for (std::size_t i = crop; i < crop + size; ++i) {
        const auto x = static_cast<double>(ours[i]), y = static_cast<double>(theirs[i]);
        dot += x * y;
        a += x * x;
        b += y * y;
        apart += (x - y) * (x - y);
      }
      total += b;
      const bool zero = a == 0 || b == 0;
      cosines += zero ? (a == b ? 1 : 0) : dot / std::sqrt(a * b);
    }
  }
  ScoredChoice result{.choice = choice};
  result.cosine = cosines / static_cast<double>(count);
  result.difference = total == 0 ? 1 : std::sqrt(apart / total);
  result.error =
      2 * (1 - result.cosine) + kDifferenceShare * std::min(1.0, result.difference * result.difference);
  return result;
}

ScoredChoice RecipeSearch::best_readout(const Choice& choice, Level level) {
  ScoredChoice best{.choice = choice};
  if (known_values_ > kMostKnown) {
    compute_pending();
    known_.clear();
    known_values_ = 0;
  }
  Choice one = choice;
  for (one[kPooling] = 0; one[kPooling] < in_.axes.count(kPooling); ++one[kPooling]) {
    if (!is_valid(one)) continue;
    const std::vector<std::int64_t> starts = starts_of(one);
    const Pooling& pooling = in_.axes.poolings[static_cast<std::size_t>(one[kPooling])];
    const std::vector<RowRange> ranges = pooled_rows(pooling, std::ssize(starts));
    std::vector<std::int64_t> rows(static_cast<std::size_t>(in_.published.rows));
    std::iota(rows.begin(), rows.end(), 0);
    if (level == Level::one_row) rows.resize(1);
    if (level == Level::some_rows && rows.size() > 3)
      rows = {0, in_.published.rows / 2, in_.published.rows - 1};
    const std::size_t most = level == Level::all_rows ? starts.size() : most_windows(level == Level::one_row);
    std::vector<std::vector<std::int64_t>> windows;
    for (const std::int64_t row : rows) {
      const RowRange range = ranges[static_cast<std::size_t>(row)];
      windows.push_back(some_of(starts, static_cast<std::size_t>(range.first),
                                static_cast<std::size_t>(range.second), most));
      for (const std::int64_t start : windows.back()) need(one, start);
    }
    compute_pending();
    for (one[kPool5] = 0; one[kPool5] < in_.axes.count(kPool5); ++one[kPool5]) {
      for (one[kLayer] = 0; one[kLayer] < in_.axes.count(kLayer); ++one[kLayer]) {
        for (one[kL2] = 0; one[kL2] < in_.axes.count(kL2); ++one[kL2]) {
          if (pooling.kind == Pooling::Kind::none &&
              in_.axes.l2[static_cast<std::size_t>(one[kL2])] > L2Rule::pooled)
            continue;
          ++tried_;
          const ScoredChoice score = scored(one, rows, windows);
          if (score.error < best.error) best = score;
        }
      }
    }
  }
  return best;
}

// The plainest way to count frames that gives as many rows, and the plainest of all for rows that are pooled.
RecipeSearch::Beam RecipeSearch::seeds() const {
  Beam beam;
  Choice one{};
  if (in_.axes.count(kPooling) > 1) beam.push_back({.choice = one});
  for (one[kNumbering] = 0; one[kNumbering] < in_.axes.count(kNumbering); ++one[kNumbering]) {
    for (one[kStride] = 0; one[kStride] < in_.axes.count(kStride); ++one[kStride]) {
      for (one[kFirst] = 0; one[kFirst] < in_.axes.count(kFirst); ++one[kFirst]) {
        for (one[kStep] = 0; one[kStep] < in_.axes.count(kStep); ++one[kStep]) {
          if (!is_valid(one)) continue;
          beam.push_back({.choice = one});
          return beam;
        }
      }
    }
  }
  return beam;
}

// Every value of these axes for the first `from` of the beam, of which the best are kept.
void RecipeSearch::exchange(Beam& beam, const std::vector<Axis>& axes, Level level, std::size_t from) {
  Beam all = beam;
  std::set<Choice> seen;
  for (std::size_t i = 0; i < std::min(from, beam.size()); ++i) {
    std::vector<Choice> choices{beam[i].choice};
    for (const Axis axis : axes) {
      std::vector<Choice> more;
      for (Choice choice : choices) {
        for (choice[axis] = 0; choice[axis] < in_.axes.count(axis); ++choice[axis]) more.push_back(choice);
      }
      choices = std::move(more);
    }
    for (Choice choice : choices) {
      choice[kPool5] = choice[kLayer] = choice[kPooling] = choice[kL2] = 0;
      if (!seen.insert(choice).second) continue;
      all.push_back(best_readout(choice, level));
      if (in_.progress)
        in_.progress(fmt::format("{} recipes tried, cosine {:.5f}", tried_,
                                 std::ranges::min(all, {}, &ScoredChoice::error).cosine));
    }
  }
  order(all);
  all.resize(std::min(all.size(), kBeam));
  beam = std::move(all);
}

void RecipeSearch::rescore(Beam& beam, Level level) {
  for (ScoredChoice& one : beam) one = best_readout(one.choice, level);
  order(beam);
}

void RecipeSearch::sweep(Beam& beam, Level level) {
  const bool one_row = level == Level::one_row;
  exchange(beam, {kFrames, kColourOrder}, level, kNarrow);
  exchange(beam, {kMean, kScale}, level, kNarrow);
  exchange(beam, {kNumbering, kStride}, level, kNarrow);
  exchange(beam, {kFirst, kStep}, level, one_row ? 1 : kNarrow);
  exchange(beam, {kCrops}, level, kNarrow);
}

// Single axes of the best, over all rows where that may be as good: what is better takes its place, what is
// as good shows that the axis is undecided.
void RecipeSearch::polish(Beam& beam) {
  for (int round = 0; round < kSweeps; ++round) {
    const ScoredChoice best = beam[0];
    for (std::uint8_t axis = 0; axis < kCrops; ++axis) {
      if (axis == kPool5) continue;
      for (int value = 0; value < in_.axes.count(static_cast<Axis>(axis)); ++value) {
        Choice choice = best.choice;
        if (choice.at(axis) == value) continue;
        choice.at(axis) = value;
        if (best_readout(choice, Level::some_rows).error > std::max(4 * best.error, kSame)) continue;
        beam.push_back(best_readout(choice, Level::all_rows));
      }
    }
    order(beam);
    if (beam[0].choice == best.choice) return;
  }
}

std::vector<ScoredChoice> RecipeSearch::run() {
  Beam beam = seeds();
  if (beam.empty()) return beam;
  rescore(beam, Level::one_row);
  for (int i = 0; i < 2; ++i) sweep(beam, Level::one_row);
  rescore(beam, Level::some_rows);
  for (int i = 0; i < kSweeps; ++i) {
    const Choice before = beam[0].choice;
    exchange(beam, {kNumbering, kFirst, kStride, kStep}, Level::some_rows,
             in_.axes.count(kPooling) > 1 && in_.published.rows == 1 ? 0 : 1);
    sweep(beam, Level::some_rows);
    if (beam[0].choice == before || beam[0].error < kSame) break;
  }
  rescore(beam, Level::all_rows);
  polish(beam);
  return beam;
}

}  // namespace c3d
