#include "data/augment/clip_augmenter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "data/augment/colour_matrix.h"
#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

constexpr int kReach = 2;  // of the blur, in pixels
constexpr int kRecentRows = 5;
constexpr std::size_t kNoiseStarts = 8192;
constexpr double kNoiseUnit = 32;  // the table's standard deviation
constexpr int kGrey = 128;
constexpr std::uint64_t kTableKey = 0x6e6f697365ull;  // "noise"

std::size_t bytes(int count) { return static_cast<std::size_t>(count); }

// Normal by Box and Muller. A new number for each byte of each clip would cost more than all else, so that
// rows take theirs from one table, each from a random place.
std::vector<std::int8_t> noise_table(std::size_t size) {
  std::vector<std::int8_t> table(size);
  for (std::size_t i = 0; i < size; ++i) {
    const PhiloxBlock random = philox(kTableKey, i, 0);
    const double radius = std::sqrt(-2 * std::log((random.word[0] + 1.0) * 0x1p-32));
    const double value = radius * std::cos(2 * std::numbers::pi * random.word[1] * 0x1p-32);
    table[i] = static_cast<std::int8_t>(std::clamp(std::lround(value * kNoiseUnit), -127L, 127L));
  }
  return table;
}

FiveWeights gaussian(double sigma) {
  const double near = std::exp(-0.5 / (sigma * sigma)), far = std::exp(-2 / (sigma * sigma));
  const double scale = 256 / (1 + 2 * near + 2 * far);
  FiveWeights weights;
  weights.near = static_cast<std::uint16_t>(std::lround(near * scale));
  weights.far = static_cast<std::uint16_t>(std::lround(far * scale));
  weights.middle = static_cast<std::uint16_t>(256 - 2 * weights.near - 2 * weights.far);
  return weights;
}

}  // namespace

struct ClipAugmenter::Effects {
  std::optional<ColourMatrix> colours;
  std::optional<FiveWeights> blur;
  std::int16_t noise = 0;  // of 256, on the table's noise
  std::uint64_t noise_key = 0;
  std::optional<ClipBox> erased;
};

ClipBox erased_box(const ErasedShare& share, int frames, int crop) {
  const auto extent = [](double part, int whole) {
    return std::clamp(static_cast<int>(std::lround(part * whole)), 1, whole);
  };
  ClipBox box;
  box.frames = extent(share.frames, frames);
  box.height = extent(share.height, crop);
  box.width = extent(share.width, crop);
  box.first_frame = place_in(share.first_at, frames - box.frames);
  box.top = place_in(share.top_at, crop - box.height);
  box.left = place_in(share.left_at, crop - box.width);
  return box;
}

ClipAugmenter::ClipAugmenter(int frames, int crop, const AugmentLoops& loops)
    : frames_(frames), crop_(crop), loops_(loops), plane_(bytes(crop + 2 * kReach) * kLanes) {
  expect(frames >= 1 && crop >= 1, "augmentation of clips of {0} frames of {1}x{1}: both must be at least 1",
         frames, crop);
  const std::size_t row = 3 * plane_;
  noise_ = noise_table(row + kNoiseStarts);
  taps_.resize(bytes(crop));
  row_.resize(row);
  result_.resize(row);
  recent_.resize(kRecentRows * row);
}

std::uint8_t* ClipAugmenter::recent(int row) {
  return recent_.data() + bytes(row % kRecentRows) * 3 * plane_;
}

// Sixteen frames from `first` on; past the last one it is taken again, and goes nowhere.
void ClipAugmenter::gather(const std::uint8_t* frames, int height, int width, int first,
                           const SourcePixels& source) {
  const std::size_t columns = bytes(source.right - source.left), plane = columns * kLanes, line = 3 * plane;
  const int rows = source.bottom - source.top;
  // Taps of no weight may lie a pixel to the right and a row below.
  source_.resize(std::max(source_.size(), bytes(rows + 1) * line + kLanes));
  std::array<const std::uint8_t*, kLanes> from;
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < static_cast<int>(kLanes); ++i) {
      const std::size_t line_number =
          bytes(std::min(first + i, frames_ - 1)) * bytes(height) + bytes(source.top + row);
      from[bytes(i)] = frames + (line_number * bytes(width) + bytes(source.left)) * 3;
    }
    loops_.gather_frames(from.data(), columns, source_.data() + bytes(row) * line, plane);
  }
}

void ClipAugmenter::warp(const AffineMap& map, int row, const SourcePixels& source, std::uint8_t* out) {
  const std::size_t plane = bytes(source.right - source.left) * kLanes;
  map.taps(row, source, static_cast<std::int32_t>(kLanes), static_cast<std::int32_t>(3 * plane), taps_);
  loops_.warp(source_.data(), plane, 3 * plane, taps_.data(), taps_.size(), out + kReach * kLanes, plane_);
}

// The edges' pixels go on to either side.
void ClipAugmenter::blur_along(const FiveWeights& weights, std::uint8_t* row, std::uint8_t* out) const {
  for (std::size_t colour = 0; colour < 3; ++colour) {
    std::uint8_t* const left = row + colour * plane_ + kReach * kLanes;
    std::uint8_t* const right = left + bytes(crop_ - 1) * kLanes;
    for (int i = 1; i <= kReach; ++i) {
      std::copy_n(left, kLanes, left - bytes(i) * kLanes);
      std::copy_n(right, kLanes, right + bytes(i) * kLanes);
    }
  }
  constexpr std::size_t kEdge = kReach * kLanes;
  loops_.weigh_five({row, row + kLanes, row + 2 * kLanes, row + 3 * kLanes, row + 4 * kLanes}, weights,
                    out + kEdge, 3 * plane_ - 2 * kEdge);
}

void ClipAugmenter::blur_across(const FiveWeights& weights, int row, std::uint8_t* out) {
  std::array<const std::uint8_t*, 5> rows;
  for (int i = 0; i < 5; ++i) rows[bytes(i)] = recent(std::clamp(row + i - kReach, 0, crop_ - 1));
  loops_.weigh_five(rows, weights, out, 3 * plane_);
}

void ClipAugmenter::erase(const ClipBox& box, const std::int8_t* noise, int row, int first,
                          std::uint8_t* values) const {
  const int begin = std::max(box.first_frame - first, 0);
  const int end = std::min(box.first_frame + box.frames - first, static_cast<int>(kLanes));
  if (row < box.top || row >= box.top + box.height || begin >= end) return;
  for (std::size_t colour = 0; colour < 3; ++colour) {
    for (int column = box.left; column < box.left + box.width; ++column) {
      const std::size_t pixel = colour * plane_ + bytes(column + kReach) * kLanes;
      for (std::size_t i = pixel + bytes(begin); i < pixel + bytes(end); ++i)
        values[i] = static_cast<std::uint8_t>(kGrey + noise[i]);
    }
  }
}

void ClipAugmenter::finish(const Effects& effects, int row, int first, std::uint8_t* values,
                           std::uint8_t* clip) const {
  if (effects.colours)
    loops_.recolour(values, values + plane_, values + 2 * plane_, *effects.colours, plane_);
  const PhiloxBlock start =
      philox(effects.noise_key, static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(first));
  if (effects.noise > 0)
    loops_.add_noise(values, noise_.data() + start.word[0] % kNoiseStarts, effects.noise, 3 * plane_);
  if (effects.erased)
    erase(*effects.erased, noise_.data() + start.word[1] % kNoiseStarts, row, first, values);
  const int count = std::min(frames_ - first, static_cast<int>(kLanes));
  std::array<std::uint8_t*, kLanes> to{};
  for (int i = 0; i < count; ++i)
    to[bytes(i)] = clip + (bytes(first + i) * bytes(crop_) + bytes(row)) * bytes(crop_) * 3;
  loops_.scatter_frames(values + kReach * kLanes, plane_, bytes(crop_), to.data(), bytes(count));
}

void ClipAugmenter::run(const AugmentationDraw& draw, const CropPlace& plain,
                        std::span<const std::uint8_t> frames, int height, int width,
                        std::span<std::uint8_t> clip) {
  expect(
      height >= 1 && width >= 1 && frames.size() == bytes(frames_) * bytes(height) * bytes(width) * 3 &&
          clip.size() == bytes(frames_) * bytes(crop_) * bytes(crop_) * 3,
      "augmentation from {} bytes of frames of {}x{} to a clip of {} bytes: these are not {} frames of both",
      frames.size(), width, height, clip.size(), frames_);
  const AffineMap map(draw, plain, height, width, crop_);
  const SourcePixels source = map.source();
  Effects effects;
  if (draw.recolours()) effects.colours = colour_matrix(draw);
  if (draw.blur > 0) effects.blur = gaussian(draw.blur);
  effects.noise = static_cast<std::int16_t>(std::lround(draw.noise / kNoiseUnit * 256));
  effects.noise_key = draw.noise_key;
  if (draw.erased) effects.erased = erased_box(*draw.erased, frames_, crop_);
  for (int first = 0; first < frames_; first += static_cast<int>(kLanes)) {
    gather(frames.data(), height, width, first, source);
    if (!effects.blur) {
      for (int row = 0; row < crop_; ++row) {
        warp(map, row, source, row_.data());
        finish(effects, row, first, row_.data(), clip.data());
      }
      continue;
    }
    // A row is blurred across when the two rows below it are there.
    for (int below = 0; below < crop_ + kReach; ++below) {
      if (below < crop_) {
        warp(map, below, source, row_.data());
        blur_along(*effects.blur, row_.data(), recent(below));
      }
      if (below < kReach) continue;
      blur_across(*effects.blur, below - kReach, result_.data());
      finish(effects, below - kReach, first, result_.data(), clip.data());
    }
  }
}

}  // namespace c3d
