#include "data/augment/clip_augmenter.h"

#include <cmath>

#include "catch.h"
#include "data/augment/colour_matrix.h"
#include "engine/core/error.h"
#include "tests/data/augment/noise_bytes.h"

namespace c3d {
namespace {

constexpr int kHeight = 40, kWidth = 53, kCrop = 32;

std::size_t at(int frame, int row, int column, int height, int width) {
  return ((static_cast<std::size_t>(frame) * static_cast<std::size_t>(height) +
           static_cast<std::size_t>(row)) *
              static_cast<std::size_t>(width) +
          static_cast<std::size_t>(column)) *
         3;
}

// Waves that differ in every frame and colour, smooth enough for interpolation to be near them.
std::uint8_t wave(int frame, double row, double column, std::size_t colour) {
  const double phase = 0.7 * frame + static_cast<double>(colour);
  return static_cast<std::uint8_t>(
      std::lround(127.5 + 60 * std::sin(0.11 * row + phase) + 60 * std::cos(0.09 * column - phase)));
}

std::vector<std::uint8_t> waves(int frames) {
  std::vector<std::uint8_t> pictures;
  for (int frame = 0; frame < frames; ++frame) {
    for (int row = 0; row < kHeight; ++row) {
      for (int column = 0; column < kWidth; ++column) {
        for (std::size_t colour = 0; colour < 3; ++colour)
          pictures.push_back(wave(frame, row, column, colour));
      }
    }
  }
  return pictures;
}

std::vector<std::uint8_t> augmented(const AugmentationDraw& draw, const CropPlace& plain,
                                    const std::vector<std::uint8_t>& pictures, int frames,
                                    const AugmentLoops& loops = fastest_augment_loops()) {
  ClipAugmenter augmenter(frames, kCrop, loops);
  std::vector<std::uint8_t> clip(at(frames, 0, 0, kCrop, kCrop));
  augmenter.run(draw, plain, pictures, kHeight, kWidth, clip);
  return clip;
}

Augmentation pixel_items() {
  Augmentation spec;
  spec.scale = {0.5, 1};
  spec.aspect = {0.75, 4.0 / 3};
  spec.rotate = {20, 0.5};
  spec.brightness = spec.contrast = spec.saturation = {0.5, 0.5};
  spec.hue = {0.1, 0.5};
  spec.blur = {1, 0.5};
  spec.noise = {10, 0.5};
  spec.erase = {0.3, 0.5};
  return spec;
}

// The largest difference of a clip from what `wanted` says of (frame, row, column, colour).
template <typename Wanted>
int distance(const std::vector<std::uint8_t>& clip, int frames, const Wanted& wanted) {
  int largest = 0;
  for (int frame = 0; frame < frames; ++frame) {
    for (int row = 0; row < kCrop; ++row) {
      for (int column = 0; column < kCrop; ++column) {
        for (std::size_t colour = 0; colour < 3; ++colour) {
          const int value = clip[at(frame, row, column, kCrop, kCrop) + colour];
          largest = std::max(largest, std::abs(value - wanted(frame, row, column, colour)));
        }
      }
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("a clip that draws nothing is the plain crop, mirrored or not") {
  for (const int frames : {1, 8, 16, 23}) {
    const std::vector<std::uint8_t> pictures = waves(frames);
    for (const bool flip : {false, true}) {
      const CropPlace plain{.top = 8, .left = 5, .flip = flip};
      const auto clip = augmented({}, plain, pictures, frames);
      REQUIRE(distance(clip, frames, [&](int frame, int row, int column, std::size_t colour) {
                const int from = plain.left + (flip ? kCrop - 1 - column : column);
                return pictures[at(frame, plain.top + row, from, kHeight, kWidth) + colour];
              }) == 0);
    }
  }
}

TEST_CASE("augmented clips are the same bytes for every instruction set, whatever ran before") {
  const auto pictures = noise_bytes(at(19, 0, 0, kHeight, kWidth), 3);
  const CropPlace plain{.top = 3, .left = 20, .flip = true};
  for (const AugmentLoops* loops : usable_augment_loops()) {
    ClipAugmenter used(19, kCrop, *loops);
    std::vector<std::uint8_t> clip(at(19, 0, 0, kCrop, kCrop));
    for (int i = 0; i < 12; ++i) {
      const AugmentationDraw draw = draw_augmentation(pixel_items(), 1, 0, i);
      used.run(draw, plain, pictures, kHeight, kWidth, clip);
      REQUIRE(clip == augmented(draw, plain, pictures, 19, portable_augment_loops()));
    }
  }
}

TEST_CASE("a quarter turn, a half turn and a doubled region are the pattern's own within a level") {
  const std::vector<std::uint8_t> pictures = waves(4);
  const CropPlace plain{.top = 4, .left = 10};
  // Counter-clockwise: what was to the right is above.
  AugmentationDraw turned;
  turned.rotation = 90;
  REQUIRE(distance(augmented(turned, plain, pictures, 4), 4,
                   [&](int frame, int row, int column, std::size_t colour) {
                     return pictures[at(frame, 4 + column, 10 + kCrop - 1 - row, kHeight, kWidth) + colour];
                   }) <= 1);
  turned.rotation = 180;
  REQUIRE(
      distance(augmented(turned, plain, pictures, 4), 4,
               [&](int frame, int row, int column, std::size_t colour) {
                 return pictures[at(frame, 4 + kCrop - 1 - row, 10 + kCrop - 1 - column, kHeight, kWidth) +
                                 colour];
               }) <= 1);
  AugmentationDraw larger;  // a region of 16x16 in the lower right corner
  larger.area = 16.0 * 16 / (40 * 40);
  larger.left_at = larger.top_at = 1;
  REQUIRE(distance(augmented(larger, plain, pictures, 4), 4,
                   [](int frame, int row, int column, std::size_t colour) {
                     const double y = std::min(24 + 0.5 * row - 0.25, 39.0);
                     const double x = std::min(37 + 0.5 * column - 0.25, 52.0);
                     return wave(frame, y, x, colour);
                   }) <= 1);
}

TEST_CASE("a region stretches by its aspect, and no side of it leaves the frame") {
  AugmentationDraw draw;
  draw.area = 1;
  draw.aspect = 4;  // 80 x 20 of frames of 53 x 40
  const AffineMap map(draw, {}, kHeight, kWidth, kCrop);
  const SourcePixels source = map.source();
  REQUIRE((source.left == 0 && source.right == kWidth));
  REQUIRE((source.bottom - source.top <= 22 && source.bottom - source.top >= 20));
}

TEST_CASE("hue turns colours around the greys: by nothing, by a third, and greys by none") {
  REQUIRE(colour_matrix({}).factor ==
          std::array<std::array<std::int16_t, 3>, 3>{{{4096, 0, 0}, {0, 4096, 0}, {0, 0, 4096}}});
  const std::vector<std::uint8_t> pictures = waves(3);
  AugmentationDraw draw;
  draw.hue = 1.0 / 3;
  REQUIRE(
      distance(augmented(draw, {}, pictures, 3), 3, [&](int frame, int row, int column, std::size_t colour) {
        return pictures[at(frame, row, column, kHeight, kWidth) + (colour + 2) % 3];
      }) <= 1);
  std::vector<std::uint8_t> grey = waves(3);
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = grey[i / 3 * 3];
  draw.hue = 0.21;
  draw.saturation = 1.7;
  REQUIRE(distance(augmented(draw, {}, grey, 3), 3, [&](int frame, int row, int column, std::size_t colour) {
            return grey[at(frame, row, column, kHeight, kWidth) + colour];
          }) <= 1);
}

TEST_CASE("brightness multiplies, contrast leaves the middle grey, no saturation leaves luma") {
  const std::vector<std::uint8_t> pictures = waves(2);
  const auto value = [&](int frame, int row, int column, std::size_t colour) {
    return static_cast<double>(pictures[at(frame, row, column, kHeight, kWidth) + colour]);
  };
  const auto byte = [](double level) {
    return static_cast<int>(std::lround(std::min(std::max(level, 0.0), 255.0)));
  };
  AugmentationDraw draw;
  draw.brightness = 1.4;
  REQUIRE(distance(augmented(draw, {}, pictures, 2), 2, [&](int f, int r, int c, std::size_t colour) {
            return byte(1.4 * value(f, r, c, colour));
          }) <= 1);
  draw = {};
  draw.contrast = 0.5;
  REQUIRE(distance(augmented(draw, {}, pictures, 2), 2, [&](int f, int r, int c, std::size_t colour) {
            return byte(64 + 0.5 * value(f, r, c, colour));
          }) <= 1);
  draw = {};
  draw.saturation = 0;
  REQUIRE(distance(augmented(draw, {}, pictures, 2), 2, [&](int f, int r, int c, std::size_t) {
            return byte(0.299 * value(f, r, c, 0) + 0.587 * value(f, r, c, 1) + 0.114 * value(f, r, c, 2));
          }) <= 1);
}

TEST_CASE("blur is a Gaussian over five pixels each way, whose edges' pixels go on") {
  std::vector<std::uint8_t> pictures(at(2, 0, 0, kHeight, kWidth), 0);
  const auto set = [&](int row, int column) { pictures[at(1, row, column, kHeight, kWidth) + 2] = 255; };
  set(10, 10);
  set(0, 20);
  AugmentationDraw draw;
  draw.blur = 0.8;
  const double near = std::exp(-0.5 / 0.64), far = std::exp(-2 / 0.64), sum = 1 + 2 * near + 2 * far;
  const auto weight = [&](int distance) {
    return (distance == 0 ? 1 : distance == 1 ? near : distance == 2 ? far : 0) / sum;
  };
  REQUIRE(
      distance(augmented(draw, {}, pictures, 2), 2, [&](int frame, int row, int column, std::size_t colour) {
        if (frame != 1 || colour != 2) return 0;
        const double inner = weight(std::abs(row - 10)) * weight(std::abs(column - 10));
        double at_edge = weight(row);
        for (int beyond = 1; beyond <= 2; ++beyond) at_edge += weight(row + beyond);
        return static_cast<int>(std::lround(255 * (inner + at_edge * weight(std::abs(column - 20)))));
      }) <= 2);
}

TEST_CASE("noise has the deviation asked for, another in each frame and colour") {
  const std::vector<std::uint8_t> pictures(at(16, 0, 0, kHeight, kWidth), 128);
  AugmentationDraw draw;
  draw.noise = 8;
  draw.noise_key = 77;
  const auto clip = augmented(draw, {}, pictures, 16);
  double sum = 0, squares = 0, next_frame = 0, next_colour = 0;
  const std::size_t frame = at(1, 0, 0, kCrop, kCrop);
  const auto count = static_cast<double>(clip.size());
  for (std::size_t i = 0; i < clip.size(); ++i) {
    const double value = clip[i] - 128.0;
    sum += value;
    squares += value * value;
    if (i + frame < clip.size()) next_frame += value * (clip[i + frame] - 128.0);
    if (i + 1 < clip.size()) next_colour += value * (clip[i + 1] - 128.0);
  }
  REQUIRE(std::abs(sum / count) < 0.7);
  REQUIRE(std::abs(std::sqrt(squares / count) - 8) < 0.4);
  REQUIRE(std::abs(next_frame / squares) < 0.05);
  REQUIRE(std::abs(next_colour / squares) < 0.05);
}

TEST_CASE("an erased box is full of noise, and nothing else of the clip changes") {
  const std::vector<std::uint8_t> pictures = waves(20);
  AugmentationDraw draw;
  draw.erased = ErasedShare{.frames = 0.5, .height = 0.25, .width = 0.5, .first_at = 0.6, .top_at = 1};
  const ClipBox box = erased_box(*draw.erased, 20, kCrop);
  REQUIRE(box == ClipBox{.first_frame = 6, .frames = 10, .top = 24, .height = 8, .left = 0, .width = 16});
  const auto plain = augmented({}, {}, pictures, 20), clip = augmented(draw, {}, pictures, 20);
  int same = 0, inside = 0;
  for (int frame = 0; frame < 20; ++frame) {
    for (int row = 0; row < kCrop; ++row) {
      for (int column = 0; column < kCrop; ++column) {
        const std::size_t pixel = at(frame, row, column, kCrop, kCrop);
        const bool erased = frame >= 6 && frame < 16 && row >= 24 && column < 16;
        if (!erased) REQUIRE(clip[pixel] == plain[pixel]);
        if (erased) ++inside;
        if (erased && clip[pixel] == plain[pixel]) ++same;
      }
    }
  }
  REQUIRE(inside == 10 * 8 * 16);
  REQUIRE(same < inside / 20);
}

TEST_CASE("frames and clips of other sizes than asked for are an error") {
  ClipAugmenter augmenter(2, kCrop);
  const std::vector<std::uint8_t> pictures = waves(2);
  std::vector<std::uint8_t> clip(at(2, 0, 0, kCrop, kCrop));
  REQUIRE_THROWS_AS(augmenter.run({}, {}, pictures, kHeight, kWidth - 1, clip), Error);
  REQUIRE_THROWS_AS(augmenter.run({}, {.top = 9}, pictures, kHeight, kWidth, clip), Error);
  REQUIRE_THROWS_AS(augmenter.run({}, {}, pictures, kHeight, kWidth, std::span(clip).first(3)), Error);
}

}  // namespace c3d
