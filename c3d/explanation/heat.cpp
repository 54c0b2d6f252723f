#include "c3d/explanation/heat.h"

#include <algorithm>
#include <cmath>

#include "data/crop_views.h"
#include "data/video_reader.h"

namespace c3d {
namespace {

// The place of a map's axis that lies under `share` of what it covers, whose places are the middles of equal
// parts; outermost places reach to the border.
double map_place(double share, std::int64_t places) {
  const double place = share * static_cast<double>(places) - 0.5;
  return std::clamp(place, 0.0, static_cast<double>(places - 1));
}

}  // namespace

std::vector<CropArea> crop_areas(const ClipSpec& spec, int width, int height) {
  const FrameSize resized = fitted(read_size(spec), {width, height});
  std::vector<CropArea> places;
  for (const CropView& view : crop_views(spec, resized.height, resized.width)) {
    places.push_back({static_cast<double>(view.top) / resized.height,
                      static_cast<double>(view.left) / resized.width,
                      static_cast<double>(view.side) / resized.height,
                      static_cast<double>(view.side) / resized.width, view.mirrored});
  }
  return places;
}

std::span<const ExplainedWindow> windows_of_frame(std::span<const ExplainedWindow> windows, std::int64_t span,
                                                  std::int64_t frame) {
  const auto begin = [&](std::int64_t after) {
    return std::ranges::upper_bound(windows, after, std::ranges::less(), &ExplainedWindow::first_frame);
  };
  return {begin(frame - span), begin(frame)};
}

std::vector<double> clip_positions(const ClipSpec& spec, std::int64_t first_frame, std::int64_t frames,
                                   std::int64_t frame) {
  std::vector<double> positions;
  if (frame < first_frame) return positions;
  for (std::int64_t shown = frame; shown < first_frame + spec.span(); shown += frames) {
    positions.push_back(static_cast<double>(shown - first_frame) / spec.frame_stride);
  }
  return positions;
}

Heat::Heat(const VideoExplanation& explanation, const ClipSpec& spec, int width, int height)
    : explanation_(explanation), spec_(spec), width_(static_cast<std::size_t>(width)) {
  const auto [steps, rows, columns] = explanation.grid;
  for (const CropArea& place : crop_areas(spec, width, height)) {
    crops_.push_back({between(height, place.top, place.height, rows, false),
                      between(width, place.left, place.width, columns, place.mirrored)});
  }
  means_.resize(crops_.size() * static_cast<std::size_t>(rows * columns));
  heat_.resize(width_ * static_cast<std::size_t>(height));
  covers_.resize(heat_.size());
  float largest = 0;
  for (std::int64_t frame = 0; frame < explanation.frames; ++frame) {
    if (average_maps(frame)) largest = std::max(largest, std::ranges::max(means_));
  }
  if (largest > 0) scale_ = 1 / largest;
}

std::vector<Heat::Between> Heat::between(int pixels, double begin, double length, std::int64_t places,
                                         bool mirrored) {
  std::vector<Between> all(static_cast<std::size_t>(pixels));
  for (int pixel = 0; pixel < pixels; ++pixel) {
    const double share = ((pixel + 0.5) / pixels - begin) / length;
    if (share < 0 || share > 1) continue;
    const double place = map_place(mirrored ? 1 - share : share, places);
    const auto low = static_cast<std::size_t>(place);
    all[static_cast<std::size_t>(pixel)] = {low, std::min(low + 1, static_cast<std::size_t>(places - 1)),
                                            static_cast<float>(place - std::floor(place)), true};
  }
  return all;
}

// The maps of a window at a position of its clip, to the sums that become means.
void Heat::add_map(std::size_t window, double position) {
  const std::int64_t steps = explanation_.grid[0];
  const double place = map_place((position + 0.5) / spec_.clip_frames, steps);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, static_cast<std::size_t>(steps - 1));
  const auto share = static_cast<float>(place - std::floor(place));
  const std::size_t area = means_.size() / crops_.size();
  const std::size_t map = area * static_cast<std::size_t>(steps);
  for (std::size_t crop = 0; crop < crops_.size(); ++crop) {
    const float* const from = explanation_.maps.data() + (window * crops_.size() + crop) * map;
    for (std::size_t i = 0; i < area; ++i) {
      means_[crop * area + i] += (1 - share) * from[low * area + i] + share * from[high * area + i];
    }
  }
}

// Returns whether a window shows the frame.
bool Heat::average_maps(std::int64_t frame) {
  std::ranges::fill(means_, 0.0f);
  std::size_t added = 0;
  for (const ExplainedWindow& window : windows_of_frame(explanation_.windows, spec_.span(), frame)) {
    for (const double position : clip_positions(spec_, window.first_frame, explanation_.frames, frame)) {
      add_map(static_cast<std::size_t>(&window - explanation_.windows.data()), position);
      ++added;
    }
  }
  for (float& mean : means_) mean /= static_cast<float>(std::max<std::size_t>(added, 1));
  return added > 0;
}

void Heat::draw(const Crop& crop, std::span<const float> map) {
  const auto columns = static_cast<std::size_t>(explanation_.grid[2]);
  for (std::size_t y = 0; y < crop.rows.size(); ++y) {
    const Between& row = crop.rows[y];
    if (!row.inside) continue;
    const float* const upper = map.data() + row.low * columns;
    const float* const lower = map.data() + row.high * columns;
    for (std::size_t x = 0; x < width_; ++x) {
      const Between& column = crop.columns[x];
      if (!column.inside) continue;
      const float above = upper[column.low] + column.share * (upper[column.high] - upper[column.low]);
      const float below = lower[column.low] + column.share * (lower[column.high] - lower[column.low]);
      heat_[y * width_ + x] += above + row.share * (below - above);
      ++covers_[y * width_ + x];
    }
  }
}

std::span<const float> Heat::at(std::int64_t frame) {
  std::ranges::fill(heat_, 0.0f);
  std::ranges::fill(covers_, std::uint8_t{0});
  const std::size_t area = means_.size() / crops_.size();
  if (average_maps(frame)) {
    for (float& mean : means_) mean *= scale_;
    for (std::size_t crop = 0; crop < crops_.size(); ++crop) {
      draw(crops_[crop], std::span(means_).subspan(crop * area, area));
    }
  }
  for (std::size_t i = 0; i < heat_.size(); ++i) {
    heat_[i] = covers_[i] > 0 ? heat_[i] / static_cast<float>(covers_[i]) : -1.0f;
  }
  return heat_;
}

}  // namespace c3d
