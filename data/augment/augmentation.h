// Augmentation of training clips: what is varied and how strongly, and what one clip draws of it. A draw is a
// pure function of (seed, epoch, index), and holds one value for the whole clip: a frame is never varied
// alone. What a draw does to pixels stands in clip_augmenter.h and clip_mixing.h. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace c3d {

// A clip varies by `most` at most, with a probability. most 0: off.
struct AugmentationStrength {
  double most = 0;
  double probability = 1;

  bool on() const { return most > 0 && probability > 0; }
  friend bool operator==(const AugmentationStrength&, const AugmentationStrength&) = default;
};

// A clip draws a value from low to high, with a probability; else it has the value 1. low = high = 1: off.
struct AugmentationRange {
  double low = 1, high = 1;
  double probability = 1;

  bool on() const { return (low != 1 || high != 1) && probability > 0; }
  friend bool operator==(const AugmentationRange&, const AugmentationRange&) = default;
};

struct Augmentation {
  // Random resized crop. The region's area is a share of the largest square of a frame, uniform over the
  // range; its width over its height is uniform in the logarithm. No side leaves the frame.
  AugmentationRange scale, aspect;
  AugmentationStrength rotate;  // degrees, either way
  // Factors from 1 - most to 1 + most on the colours, on their distance from the middle grey, and on their
  // distance from the pixel's luma.
  AugmentationStrength brightness, contrast, saturation;
  AugmentationStrength hue;    // turns around the axis of greys, either way
  AugmentationStrength blur;   // standard deviation of a Gaussian, pixels
  AugmentationStrength noise;  // standard deviation, levels of 255
  AugmentationStrength erase;  // share of the clip's volume: a box of space and time full of noise
  AugmentationRange speed;     // factor on the frame stride, uniform in the logarithm
  // Another clip of the batch is blended in, or shows in a box through all frames. most is alpha: the first
  // clip's share is drawn from Beta(alpha, alpha). Zhang et al., "mixup" (ICLR 2018); Yun et al., "CutMix"
  // (ICCV 2019).
  AugmentationStrength mixup, cutmix;

  bool changes_pixels() const;  // beyond the crop and flip that every training clip has
  bool mixes() const { return mixup.on() || cutmix.on(); }
  // Error: a range that is reversed or out of bounds, a strength or probability out of bounds, mixup and
  // cutmix that together happen more often than always.
  void validate() const;

  friend bool operator==(const Augmentation&, const Augmentation&) = default;
};

// The limits that validate() holds a specification to.
inline constexpr double kLeastArea = 0.01, kMostArea = 1, kMostAspect = 4, kMostSpeed = 8;
inline constexpr double kMostRotation = 180, kMostBlur = 1.5, kMostNoise = 32, kMostErased = 0.5;
inline constexpr double kLeastAlpha = 0.05, kMostAlpha = 16;

// A box of the finished clip, each side a share of the clip's. `*_at` is where it lies in the room it has.
struct ErasedShare {
  double frames = 0, height = 0, width = 0;
  double first_at = 0, top_at = 0, left_at = 0;
  friend bool operator==(const ErasedShare&, const ErasedShare&) = default;
};

enum class Mix : std::uint8_t { none, mixup, cutmix };

struct MixDraw {
  Mix kind = Mix::none;
  double first_share = 1;          // of the clip itself; the rest is the other clip's
  double top_at = 0, left_at = 0;  // of cutmix's box, in the room it has
  friend bool operator==(const MixDraw&, const MixDraw&) = default;
};

struct AugmentationDraw {
  // Of the region that becomes the clip; area absent: that of the plain crop. A region with an area or an
  // aspect of its own lies at (left_at, top_at) of the room it has, any other where the plain crop lies.
  std::optional<double> area;
  double aspect = 1;
  double left_at = 0.5, top_at = 0.5;
  double rotation = 0;  // degrees, counter-clockwise
  double brightness = 1, contrast = 1, saturation = 1;
  double hue = 0;               // turns
  double blur = 0, noise = 0;   // pixels, levels
  std::uint64_t noise_key = 0;  // of noise and of what fills an erased box
  std::optional<ErasedShare> erased;
  double speed = 1;
  MixDraw mix;

  bool moves() const { return area.has_value() || aspect != 1; }
  bool recolours() const { return brightness != 1 || contrast != 1 || saturation != 1 || hue != 0; }
  friend bool operator==(const AugmentationDraw&, const AugmentationDraw&) = default;
};

// What sample `index` of an epoch draws. Each item has random numbers of its own: turning one on or off
// leaves the others' values as they are. Mixup and cutmix share one number.
AugmentationDraw draw_augmentation(const Augmentation& spec, std::uint64_t seed, int epoch,
                                   std::int64_t index);

// Row i of a batch is mixed with row (i + k) % rows: k, from 1 to rows - 1; 0 for a batch of one row, which
// has no other.
std::int64_t mixing_distance(std::uint64_t seed, int epoch, std::int64_t batch, std::int64_t rows);

// For people: "area 0.62, turned 7 degrees, blur 0.6"; empty where nothing was drawn.
std::string to_text(const AugmentationDraw& draw);

}  // namespace c3d
