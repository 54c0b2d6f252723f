#include "c3d/match/readouts.h"

#include <algorithm>
#include <cmath>

#include "c3d/inference/row_steps.h"

namespace c3d {
namespace {

constexpr double kDifferenceShare = 1e-2;  // of the error, beside the cosine's
// Rows whose lengths differ from 1 by no more were scaled to it, whatever digits they were written with; by
// more, they were not.
constexpr double kSameLength = 1e-5, kOtherLength = 1e-2;

}  // namespace

double match_error(double cosine, double squared_difference) {
  return 2 * (1 - cosine) + kDifferenceShare * std::min(1.0, squared_difference);
}

Readouts::Readouts(const MatchAxes& axes, const PublishedFeatures& published)
    : axes_(axes), published_(published) {
  const auto size = static_cast<std::size_t>(published.size);
  for (std::size_t row = 0; row < published.values.size(); row += size) {
    double squares = 0;
    for (const float value : std::span(published.values).subspan(row, size)) {
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const double off = std::abs(std::sqrt(squares) - 1);
    has_length_1_ = has_length_1_ && (off <= kSameLength || squares == 0);
    has_other_lengths_ = has_other_lengths_ || (off > kOtherLength && squares > 0);
  }
}

std::vector<L2Rule> Readouts::l2_rules(bool scales_clips) const {
  std::vector<L2Rule> rules;
  if (scales_clips || !has_length_1_) rules.push_back(scales_clips ? L2Rule::rows : L2Rule::none);
  if (!has_other_lengths_) rules.push_back(scales_clips ? L2Rule::both : L2Rule::pooled);
  return rules;
}

std::vector<float> Readouts::row_of(const Choice& choice, std::span<const ClipLayers* const> views,
                                    bool l2) const {
  const std::size_t layer =
      MatchAxes::at(choice, kPool5) * axes_.layers.size() + MatchAxes::at(choice, kLayer);
  std::vector<float> joined;
  for (const ClipLayers* const view : views) {
    joined.insert(joined.end(), (*view)[layer].begin(), (*view)[layer].end());
  }
  return clip_row(joined, static_cast<std::size_t>(published_.size),
                  {.averages_crops = axes_.crop(choice).averages, .l2 = l2});
}

std::vector<ScoredChoice> Readouts::all(const Choice& choice, const std::vector<RowClips>& rows,
                                        std::size_t views) {
  const Pooling& pooling = axes_.pooling(choice);
  const auto size = static_cast<std::size_t>(published_.size);
  std::vector<ScoredChoice> all;
  std::vector<std::vector<float>> pooled(rows.size());
  Choice one = choice;
  for (one[kPool5] = 0; one[kPool5] < axes_.count(kPool5); ++one[kPool5]) {
    for (one[kLayer] = 0; one[kLayer] < axes_.count(kLayer); ++one[kLayer]) {
      for (const bool scales_clips : {false, true}) {
        // Without pooling a clip's row is what is written, so that both ways to scale are one.
        if (scales_clips && pooling.kind == Pooling::Kind::none) continue;
        for (std::size_t r = 0; r < rows.size(); ++r) {
          PooledRow pool(pooling.kind);
          for (std::size_t window = 0; window < rows[r].clips.size(); window += views) {
            pool.add(row_of(one, std::span(rows[r].clips).subspan(window, views), scales_clips));
          }
          pooled[r] = pool.values();
        }
        for (const L2Rule rule : l2_rules(scales_clips)) {
          if (rule == L2Rule::pooled || rule == L2Rule::both) {
            for (std::vector<float>& row : pooled) scale_to_length_1(row, size);
          }
          one[kL2] = static_cast<int>(std::ranges::find(axes_.l2, rule) - axes_.l2.begin());
          ++tried_;
          all.push_back(scored(one, pooled, rows));
        }
      }
    }
  }
  return all;
}

ScoredChoice Readouts::scored(const Choice& choice, const std::vector<std::vector<float>>& rows,
                              const std::vector<RowClips>& published) const {
  const auto size = static_cast<std::size_t>(published_.size);
  const std::size_t row_size = size * static_cast<std::size_t>(published_.crops);
  double cosines = 0, apart = 0, total = 0;
  std::int64_t count = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const float* const theirs = &published_.values[static_cast<std::size_t>(published[r].row) * row_size];
    for (std::size_t crop = 0; crop < rows[r].size(); crop += size, ++count) {
      double dot = 0, a = 0, b = 0;
      for (std::size_t i = crop; i < crop + size; ++i) {
        const auto x = static_cast<double>(rows[r][i]), y = static_cast<double>(theirs[i]);
        dot += x * y;
        a += x * x;
        b += y * y;
        apart += (x - y) * (x - y);
      }
      total += b;
      const bool has_zero = a == 0 || b == 0;
      cosines += has_zero ? (a == b ? 1 : 0) : dot / std::sqrt(a * b);
    }
  }
  return {.choice = choice,
          .cosine = cosines / static_cast<double>(count),
          .difference = total == 0 ? 1 : std::sqrt(apart / total)};
}

}  // namespace c3d
