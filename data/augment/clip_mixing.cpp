#include "data/augment/clip_mixing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "engine/core/error.h"

namespace c3d {
namespace {

std::uint16_t weight_of(const MixDraw& draw) {
  return static_cast<std::uint16_t>(std::lround(draw.first_share * 256));
}

void mix(std::span<std::uint8_t> clip, std::span<const std::uint8_t> other, int frames, int crop,
         const MixDraw& draw, const AugmentLoops& loops) {
  if (draw.kind == Mix::mixup) loops.blend(clip.data(), other.data(), weight_of(draw), clip.size());
  if (draw.kind != Mix::cutmix) return;
  const ClipBox box = cutmix_box(draw, frames, crop);
  for (int frame = 0; frame < frames; ++frame) {
    for (int row = box.top; row < box.top + box.height; ++row) {
      const std::size_t at = 3 * ((static_cast<std::size_t>(frame) * static_cast<std::size_t>(crop) +
                                   static_cast<std::size_t>(row)) *
                                      static_cast<std::size_t>(crop) +
                                  static_cast<std::size_t>(box.left));
      std::memcpy(&clip[at], &other[at], 3 * static_cast<std::size_t>(box.width));
    }
  }
}

}  // namespace

ClipBox cutmix_box(const MixDraw& draw, int frames, int crop) {
  const double side = std::sqrt(std::clamp(1 - draw.first_share, 0.0, 1.0));
  ClipBox box{.frames = frames};
  box.height = box.width = static_cast<int>(std::lround(side * crop));
  box.top = place_in(draw.top_at, crop - box.height);
  box.left = place_in(draw.left_at, crop - box.width);
  return box;
}

double own_share(const MixDraw& draw, int crop) {
  if (draw.kind == Mix::none) return 1;
  if (draw.kind == Mix::mixup) return weight_of(draw) / 256.0;
  const ClipBox box = cutmix_box(draw, 1, crop);
  return 1 - static_cast<double>(box.height) * box.width / (static_cast<double>(crop) * crop);
}

void mix_clips(std::span<std::uint8_t> clips, int frames, int crop, std::span<const MixDraw> draws,
               std::int64_t distance, const AugmentLoops& loops) {
  const std::size_t rows = draws.size();
  expect(rows >= 1 && distance >= 0 && static_cast<std::size_t>(distance) < rows && clips.size() % rows == 0,
         "mixing {} bytes of {} clips at a distance of {}: no such clips", clips.size(), rows, distance);
  if (distance == 0) return;
  const std::size_t clip_bytes = clips.size() / rows, step = static_cast<std::size_t>(distance);
  const auto clip = [&](std::size_t row) { return clips.subspan(row * clip_bytes, clip_bytes); };
  // Steps of this distance run in circles. Each row is mixed before the row that takes from it; the last of a
  // circle takes from its first as that was.
  const std::size_t circles = std::gcd(rows, step);
  std::vector<std::uint8_t> first;
  for (std::size_t start = 0; start < circles; ++start) {
    first.assign(clip(start).begin(), clip(start).end());
    for (std::size_t row = start, next = 0;; row = next) {
      next = (row + step) % rows;
      mix(clip(row), next == start ? std::span<const std::uint8_t>(first) : clip(next), frames, crop,
          draws[row], loops);
      if (next == start) break;
    }
  }
}

}  // namespace c3d
