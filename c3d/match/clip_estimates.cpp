#include "c3d/match/clip_estimates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace c3d {
namespace {

constexpr std::size_t kKnots = 10;
constexpr float kLeastShare = 1e-30f;

// Of a change at a knot that many frames away.
double weight_at(double distance) { return 1 / (distance * distance * distance); }

void add_to(EstimatedRow& row, const EstimatedRow& other, float factor) {
  for (std::size_t i = 0; i < row.size(); ++i) row[i] += factor * other[i];
}

}  // namespace

ClipEstimates::ClipEstimates(const Choice& base, const MatchAxes& axes, ClipResults& clips,
                             const Readouts& readouts, std::vector<std::size_t> columns, int views)
    : base_(base),
      axes_(axes),
      clips_(clips),
      readouts_(readouts),
      columns_(std::move(columns)),
      views_(views) {}

ClipEstimates::Pixels ClipEstimates::pixels_of(const Choice& choice) {
  Pixels pixels{};
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = choice.at(kPixels[i]);
  return pixels;
}

std::size_t ClipEstimates::add(const Choice& choice, std::int64_t start) {
  std::vector<std::int64_t> frames = clips_.frames_of(choice, start);
  const auto [known, is_new] = by_frames_.try_emplace(frames, windows_.size());
  if (is_new) windows_.push_back({choice, start, std::move(frames)});
  return known->second;
}

void ClipEstimates::compute() {
  std::vector<std::size_t> all(windows_.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  base_rows_ = rows_of(base_, all);
  choose_knots();
  add_single_changes();
}

// Mean over the clips' places, in frames of the video.
double ClipEstimates::distance(std::size_t one, std::size_t other) const {
  const std::vector<std::int64_t>&a = windows_[one].frames, &b = windows_[other].frames;
  std::int64_t apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i) apart += std::abs(a[i] - b[i]);
  return static_cast<double>(apart) / static_cast<double>(a.size());
}

// Each as far as can be from those before it.
void ClipEstimates::choose_knots() {
  std::vector<double> nearest(windows_.size(), std::numeric_limits<double>::max());
  std::size_t next = 0;
  while (knots_.size() < std::min(kKnots, windows_.size())) {
    knots_.push_back(next);
    for (std::size_t i = 0; i < windows_.size(); ++i) {
      nearest[i] = std::min(nearest[i], distance(i, knots_.back()));
    }
    next = static_cast<std::size_t>(std::ranges::max_element(nearest) - nearest.begin());
  }
}

std::vector<EstimatedRow> ClipEstimates::rows_of(const Choice& pixels, std::span<const std::size_t> windows) {
  const auto counted_as = [&](std::size_t i) {
    const Choice& places = windows_[windows[i]].places;
    return std::pair(places[kNumbering], places[kStride]);
  };
  std::vector<std::size_t> order(windows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, counted_as);
  std::vector<EstimatedRow> rows(windows.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    // Clips that are counted alike are asked for together, so that they are computed together.
    while (last < order.size() && counted_as(order[last]) == counted_as(order[first])) ++last;
    see_rows(with_pixels(windows_[windows[order[first]]].places, pixels), windows,
             std::span(order).subspan(first, last - first), rows);
  }
  return rows;
}

void ClipEstimates::see_rows(Choice choice, std::span<const std::size_t> windows,
                             std::span<const std::size_t> which, std::vector<EstimatedRow>& rows) {
  const int crops = axes_.crop(choice).crops, taken = views_ == 0 ? crops : std::min(views_, crops);
  const auto views = static_cast<std::size_t>(taken);
  std::vector<std::int64_t> starts;
  for (const std::size_t i : which) starts.push_back(windows_[windows[i]].start);
  clips_.make_room();
  const std::vector<const ClipLayers*> results = clips_.of(choice, starts, taken);
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::span one = std::span(results).subspan(i * views, views);
    for (choice[kPool5] = 0; choice[kPool5] < axes_.count(kPool5); ++choice[kPool5]) {
      for (choice[kLayer] = 0; choice[kLayer] < axes_.count(kLayer); ++choice[kLayer]) {
        const std::vector<float> whole = readouts_.row_of(choice, one, false);
        const bool is_share = axes_.layers[MatchAxes::at(choice, kLayer)].layer == Feature::probabilities;
        for (const std::size_t column : columns_) {
          rows[which[i]].push_back(is_share ? std::log(std::max(whole[column], kLeastShare)) : whole[column]);
        }
      }
    }
  }
}

ClipEstimates::Changes ClipEstimates::changes_of(const Choice& pixels, const Choice& reference,
                                                 std::span<const std::size_t> windows) {
  std::vector<EstimatedRow> rows = rows_of(pixels, windows);
  const bool from_base = pixels_of(reference) == pixels_of(base_);
  const std::vector<EstimatedRow> others =
      from_base ? std::vector<EstimatedRow>() : rows_of(reference, windows);
  Changes changes;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    add_to(rows[i], from_base ? base_rows_[windows[i]] : others[i], -1);
    changes.emplace(windows[i], std::move(rows[i]));
  }
  return changes;
}

void ClipEstimates::add_single_changes() {
  // Together: which part of a frame a crop shows depends on the frame's size.
  for (int form = 0; form < axes_.count(kFrames); ++form) {
    for (int crops = 0; crops < axes_.count(kCrops); ++crops) {
      Choice one = base_;
      one[kFrames] = form;
      one[kCrops] = crops;
      by_view_.push_back(axes_.fits(one) ? changes_of(one, base_, knots_) : Changes());
    }
  }
  for (int colours = 0; colours < axes_.count(kColourOrder); ++colours) {
    for (int mean = 0; mean < axes_.count(kMean); ++mean) {
      Choice one = base_, reference = base_;
      one[kColourOrder] = colours;
      one[kMean] = mean;
      // A mean cube wants frames of its size.
      for (int form = 0; !axes_.fits(one) && form < axes_.count(kFrames); ++form) {
        one[kFrames] = reference[kFrames] = form;
      }
      by_colours_.push_back(axes_.fits(one) ? changes_of(one, reference, knots_) : Changes());
    }
  }
}

void ClipEstimates::see_knots(const Choice& pixels) { see(pixels, knots_); }

void ClipEstimates::see(const Choice& pixels, std::span<const std::size_t> windows) {
  Changes& changes = seen_[pixels_of(pixels)];
  std::vector<std::size_t> unseen;
  for (const std::size_t window : windows) {
    if (!changes.contains(window)) unseen.push_back(window);
  }
  changes.merge(changes_of(pixels, base_, unseen));
}

std::size_t ClipEstimates::view_of(const Choice& pixels) const {
  return MatchAxes::at(pixels, kFrames) * axes_.crops.size() + MatchAxes::at(pixels, kCrops);
}

std::size_t ClipEstimates::colours_of(const Choice& pixels) const {
  return MatchAxes::at(pixels, kColourOrder) * axes_.means.size() + MatchAxes::at(pixels, kMean);
}

ClipEstimates::Changes ClipEstimates::guessed(const Choice& pixels) const {
  Changes changes = by_view_[view_of(pixels)];
  const Changes& colours = by_colours_[colours_of(pixels)];
  for (auto& [knot, row] : changes) add_to(row, colours.at(knot), 1);
  return changes;
}

void ClipEstimates::undo_logarithms(EstimatedRow& row) const {
  const std::size_t layers = axes_.layers.size(), size = columns_.size();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (axes_.layers[i / size % layers].layer == Feature::probabilities) row[i] = std::exp(row[i]);
  }
}

std::vector<EstimatedRow> ClipEstimates::of(const Choice& pixels) const {
  const auto seen = seen_.find(pixels_of(pixels));
  const Changes changes = seen == seen_.end() ? guessed(pixels) : seen->second;
  std::vector<EstimatedRow> rows = base_rows_;
  for (std::size_t window = 0; window < rows.size(); ++window) {
    if (const auto knot = changes.find(window); knot != changes.end()) {
      add_to(rows[window], knot->second, 1);
      undo_logarithms(rows[window]);
      continue;
    }
    double total = 0;
    std::vector<double> weights;
    for (const auto& [knot, change] : changes)
      total += weights.emplace_back(weight_at(distance(window, knot)));
    std::size_t i = 0;
    for (const auto& [knot, change] : changes) {
      add_to(rows[window], change, static_cast<float>(weights[i++] / total));
    }
    undo_logarithms(rows[window]);
  }
  return rows;
}

}  // namespace c3d
