#include "data/augment/augmentation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "catch.h"
#include "data/augment/clip_augmenter.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kSamples = 20000;

Augmentation all_items() {
  Augmentation spec;
  spec.scale = {0.5, 1, 0.8};
  spec.aspect = {0.75, 4.0 / 3, 0.9};
  spec.rotate = {10, 0.5};
  spec.brightness = spec.contrast = spec.saturation = {0.3, 0.8};
  spec.hue = {0.05, 0.8};
  spec.blur = {1, 0.2};
  spec.noise = {6, 0.2};
  spec.erase = {0.3, 0.25};
  spec.speed = {0.75, 4.0 / 3, 0.7};
  spec.mixup = {0.4, 0.3};
  spec.cutmix = {1, 0.3};
  return spec;
}

template <typename Value>
double mean(const Augmentation& spec, const Value& value) {
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) sum += value(draw_augmentation(spec, 5, 1, i));
  return sum / kSamples;
}

}  // namespace

TEST_CASE("all is off by default, and nothing is drawn then") {
  const Augmentation spec;
  spec.validate();
  REQUIRE_FALSE(spec.changes_pixels());
  REQUIRE_FALSE(spec.speed.on());
  for (int i = 0; i < 100; ++i) {
    const AugmentationDraw draw = draw_augmentation(spec, 3, 2, i);
    REQUIRE(to_text(draw).empty());
    REQUIRE_FALSE(draw.moves());
    REQUIRE_FALSE(draw.recolours());
  }
}

TEST_CASE("a draw depends on seed, epoch and index alone, and on each of them") {
  const Augmentation spec = all_items();
  const AugmentationDraw draw = draw_augmentation(spec, 1, 2, 3);
  REQUIRE(draw == draw_augmentation(spec, 1, 2, 3));
  REQUIRE_FALSE(draw == draw_augmentation(spec, 2, 2, 3));
  REQUIRE_FALSE(draw == draw_augmentation(spec, 1, 3, 3));
  REQUIRE_FALSE(draw == draw_augmentation(spec, 1, 2, 4));
}

TEST_CASE("turning one item off leaves what the others draw") {
  Augmentation less = all_items();
  less.rotate = less.erase = less.mixup = {};
  less.scale = {};
  for (int i = 0; i < 200; ++i) {
    const AugmentationDraw all = draw_augmentation(all_items(), 1, 0, i);
    const AugmentationDraw some = draw_augmentation(less, 1, 0, i);
    REQUIRE(all.aspect == some.aspect);
    REQUIRE(all.hue == some.hue);
    REQUIRE(all.blur == some.blur);
    REQUIRE(all.speed == some.speed);
  }
}

TEST_CASE("draws stay in their ranges, and are as frequent as asked") {
  const Augmentation spec = all_items();
  int scaled = 0, turned = 0, erased = 0, mixed = 0, cut = 0;
  for (int i = 0; i < kSamples; ++i) {
    const AugmentationDraw draw = draw_augmentation(spec, 5, 1, i);
    if (draw.area) REQUIRE((*draw.area >= 0.5 && *draw.area <= 1));
    REQUIRE((draw.aspect >= 0.75 && draw.aspect <= 4.0 / 3));
    REQUIRE(std::abs(draw.rotation) <= 10);
    REQUIRE((draw.brightness >= 0.7 && draw.brightness <= 1.3));
    REQUIRE((draw.blur >= 0 && draw.blur <= 1));
    REQUIRE((draw.noise >= 0 && draw.noise <= 6));
    REQUIRE((draw.speed >= 0.75 && draw.speed <= 4.0 / 3));
    scaled += draw.area ? 1 : 0;
    turned += draw.rotation != 0 ? 1 : 0;
    erased += draw.erased ? 1 : 0;
    mixed += draw.mix.kind == Mix::mixup ? 1 : 0;
    cut += draw.mix.kind == Mix::cutmix ? 1 : 0;
  }
  const auto near = [](int count, double share) { return std::abs(count - share * kSamples) < 300; };
  REQUIRE(near(scaled, 0.8));
  REQUIRE(near(turned, 0.5));
  REQUIRE(near(erased, 0.25));
  REQUIRE(near(mixed, 0.3));
  REQUIRE(near(cut, 0.3));
}

TEST_CASE(
    "the share of a mixed clip is Beta(alpha, alpha): its mean a half, its variance 1 / (8 alpha + 4)") {
  for (const double alpha : {0.05, 0.2, 1.0, 1.5, 8.0}) {
    Augmentation spec;
    spec.mixup = {alpha, 1};
    spec.validate();
    const auto share = [](const AugmentationDraw& draw) { return draw.mix.first_share; };
    const auto square = [](const AugmentationDraw& draw) { return std::pow(draw.mix.first_share - 0.5, 2); };
    REQUIRE(std::abs(mean(spec, share) - 0.5) < 0.012);
    REQUIRE(std::abs(mean(spec, square) - 1 / (8 * alpha + 4)) < 0.004);
  }
}

TEST_CASE("an erased box lies in the clip, reaches its edges and has the volume drawn at most") {
  Augmentation spec;
  spec.erase = {0.5, 1};
  constexpr int kClipFrames = 16, kSide = 112;
  std::set<int> firsts, tops;
  double volume = 0;
  for (int i = 0; i < kSamples; ++i) {
    const AugmentationDraw draw = draw_augmentation(spec, 5, 1, i);
    const ClipBox box = erased_box(draw.erased.value_or(ErasedShare{}), kClipFrames, kSide);
    REQUIRE((box.frames >= 4 && box.height >= 1 && box.width >= 1));
    REQUIRE((box.first_frame >= 0 && box.first_frame + box.frames <= kClipFrames));
    REQUIRE(
        (box.top >= 0 && box.top + box.height <= kSide && box.left >= 0 && box.left + box.width <= kSide));
    const double share = 1.0 * box.frames * box.height * box.width / (kClipFrames * kSide * kSide);
    REQUIRE(share < 0.53);  // whole frames and pixels
    volume += share / kSamples;
    if (box.frames == 4) firsts.insert(box.first_frame);
    if (box.top == 0) tops.insert(box.height);
  }
  REQUIRE(std::abs(volume - 0.25) < 0.01);
  REQUIRE(firsts.size() == 13);
  REQUIRE(!tops.empty());
}

TEST_CASE("each row of a batch is mixed with another one, at every distance about equally often") {
  std::vector<int> counts(8);
  for (std::int64_t batch = 0; batch < 7000; ++batch)
    ++counts[static_cast<std::size_t>(mixing_distance(1, 0, batch, 8))];
  REQUIRE(counts[0] == 0);
  for (std::size_t i = 1; i < 8; ++i) REQUIRE(std::abs(counts[i] - 1000) < 140);
  REQUIRE(mixing_distance(1, 0, 3, 1) == 0);
  REQUIRE(mixing_distance(1, 0, 3, 2) == 1);
}

TEST_CASE("a specification that contradicts itself gets one clear error") {
  const auto refused = [](const std::function<void(Augmentation&)>& change, const std::string& words) {
    Augmentation spec = all_items();
    spec.validate();
    change(spec);
    try {
      spec.validate();
    } catch (const Error& error) {
      const std::string text = error.message();
      INFO(text);
      return text.find(words) != std::string::npos;
    }
    return false;
  };
  REQUIRE(refused([](Augmentation& spec) { spec.scale = {1, 0.5}; }, "scale is a range from 1 to 0.5"));
  REQUIRE(refused([](Augmentation& spec) { spec.scale = {0, 1}; }, "must lie from 0.01 to 1"));
  REQUIRE(refused([](Augmentation& spec) { spec.scale = {0.5, 1.2}; }, "must lie from 0.01 to 1"));
  REQUIRE(refused([](Augmentation& spec) { spec.aspect = {0.1, 1}; }, "aspect from 0.1"));
  REQUIRE(refused([](Augmentation& spec) { spec.speed.probability = 1.5; }, "speed: 1.5 is no probability"));
  REQUIRE(refused([](Augmentation& spec) { spec.rotate.most = 181; }, "rotate is 181"));
  REQUIRE(refused([](Augmentation& spec) { spec.hue.most = -0.1; }, "hue is -0.1"));
  REQUIRE(refused([](Augmentation& spec) { spec.contrast.most = 1.1; }, "contrast is 1.1"));
  REQUIRE(refused([](Augmentation& spec) { spec.mixup.most = 0.01; }, "alpha of 0.01"));
  REQUIRE(refused([](Augmentation& spec) { spec.noise.most = std::nan(""); }, "noise is nan"));
  REQUIRE(refused(
      [](Augmentation& spec) {
        spec.mixup = {0.4, 1};
        spec.cutmix = {1, 1};
      },
      "one or the other"));
}

}  // namespace c3d
