#include "data/augment/augmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Keep these draws apart from each other and from those of dropout, initialization and the clip sampler.
constexpr std::uint64_t kAugmentKey = 0x6175676d656e74ull;  // "augment"
constexpr std::uint64_t kPartnerKey = 0x706172746e6572ull;  // "partner"

// Which Philox block of a sample an item draws from; shares of mixup and cutmix take as many as they need.
enum class Item : std::uint64_t {
  scale,
  aspect,
  rotate,
  brightness,
  contrast,
  saturation,
  hue,
  blur,
  noise,
  noise_key,
  erase,
  erase_place,
  speed,
  mix,
  mix_share
};

double uniform(std::uint32_t bits) { return bits * 0x1p-32; }  // [0, 1)

class SampleRandom {
 public:
  SampleRandom(std::uint64_t seed, int epoch, std::int64_t index)
      : key_(seed ^ kAugmentKey),
        index_(static_cast<std::uint64_t>(index)),
        epoch_(static_cast<std::uint32_t>(epoch)) {}

  PhiloxBlock block(Item item, std::uint64_t attempt = 0) const {
    return philox(key_, index_, epoch_ | (static_cast<std::uint64_t>(item) + attempt) << 32);
  }
  std::array<double, 4> uniforms(Item item, std::uint64_t attempt = 0) const {
    const PhiloxBlock random = block(item, attempt);
    return {uniform(random.word[0]), uniform(random.word[1]), uniform(random.word[2]),
            uniform(random.word[3])};
  }
  // From -most to most; none where the item does not happen.
  std::optional<double> either_way(const AugmentationStrength& strength, Item item) const {
    const auto [happens, value, third, fourth] = uniforms(item);
    if (!strength.on() || happens >= strength.probability) return std::nullopt;
    return strength.most * (2 * value - 1);
  }

 private:
  std::uint64_t key_, index_, epoch_;
};

double log_uniform(const AugmentationRange& range, double at) {
  return range.low * std::pow(range.high / range.low, at);
}

// Beta(alpha, alpha): Ulrich's polar method above 1 (Devroye, "Non-Uniform Random Variate Generation", 1986,
// IX.4.3), Johnk's below (IX.3.5), which rejects at most half of its tries there.
double symmetric_beta(double alpha, const SampleRandom& random) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    const auto [u, v, third, fourth] = random.uniforms(Item::mix_share, attempt);
    if (alpha > 1) {
      const double radius = std::sqrt(1 - std::pow(u, 2 / (2 * alpha - 1)));
      return 0.5 + 0.5 * radius * std::cos(2 * std::numbers::pi * v);
    }
    const double first = std::pow(u, 1 / alpha), second = std::pow(v, 1 / alpha);
    if (first + second > 0 && first + second <= 1) return first / (first + second);
  }
}

MixDraw draw_mix(const Augmentation& spec, const SampleRandom& random) {
  const auto [which, top, left, fourth] = random.uniforms(Item::mix);
  const double mixup = spec.mixup.on() ? spec.mixup.probability : 0;
  const double cutmix = spec.cutmix.on() ? spec.cutmix.probability : 0;
  if (which >= mixup + cutmix) return {};
  MixDraw draw{which < mixup ? Mix::mixup : Mix::cutmix, 1, top, left};
  draw.first_share = symmetric_beta(draw.kind == Mix::mixup ? spec.mixup.most : spec.cutmix.most, random);
  return draw;
}

// The box's length in time is drawn first; its area makes up the rest of the volume.
std::optional<ErasedShare> draw_erased(const Augmentation& spec, const SampleRandom& random) {
  constexpr double kShortest = 0.25, kMostStretched = 2;
  const auto [happens, size, length, shape] = random.uniforms(Item::erase);
  if (!spec.erase.on() || happens >= spec.erase.probability || size == 0) return std::nullopt;
  const auto [first, top, left, fourth] = random.uniforms(Item::erase_place);
  const double volume = spec.erase.most * size, shortest = std::max(kShortest, volume);
  const double frames = shortest + (1 - shortest) * length;
  const double aspect = std::pow(kMostStretched, 2 * shape - 1);
  const double area = volume / frames;
  const double height = std::clamp(std::sqrt(area / aspect), area, 1.0);
  return ErasedShare{frames, height, area / height, first, top, left};
}

void check_range(const char* name, const AugmentationRange& range, double least, double most) {
  expect(range.low <= range.high, "{} is a range from {} to {}: give the smaller number first", name,
         range.low, range.high);
  expect(range.low >= least && range.high <= most, "{} from {} to {}: the range must lie from {} to {}", name,
         range.low, range.high, least, most);
  expect(range.probability >= 0 && range.probability <= 1, "{}: {} is no probability from 0 to 1", name,
         range.probability);
}

void check_strength(const char* name, const AugmentationStrength& strength, double most) {
  expect(strength.most >= 0 && strength.most <= most, "{} is {}: it must be from 0 to {}", name,
         strength.most, most);
  expect(strength.probability >= 0 && strength.probability <= 1, "{}: {} is no probability from 0 to 1", name,
         strength.probability);
}

void check_alpha(const char* name, const AugmentationStrength& strength) {
  check_strength(name, strength, kMostAlpha);
  expect(strength.most == 0 || strength.most >= kLeastAlpha,
         "{} has an alpha of {}: it must be 0, for none, or from {} to {}", name, strength.most, kLeastAlpha,
         kMostAlpha);
}

}  // namespace

bool Augmentation::changes_pixels() const {
  return scale.on() || aspect.on() || rotate.on() || brightness.on() || contrast.on() || saturation.on() ||
         hue.on() || blur.on() || noise.on() || erase.on() || mixes();
}

void Augmentation::validate() const {
  check_range("scale", scale, kLeastArea, kMostArea);
  check_range("aspect", aspect, 1 / kMostAspect, kMostAspect);
  check_range("speed", speed, 1 / kMostSpeed, kMostSpeed);
  check_strength("rotate", rotate, kMostRotation);
  check_strength("brightness", brightness, 1);
  check_strength("contrast", contrast, 1);
  check_strength("saturation", saturation, 1);
  check_strength("hue", hue, 0.5);
  check_strength("blur", blur, kMostBlur);
  check_strength("noise", noise, kMostNoise);
  check_strength("erase", erase, kMostErased);
  check_alpha("mixup", mixup);
  check_alpha("cutmix", cutmix);
  expect(!mixup.on() || !cutmix.on() || mixup.probability + cutmix.probability <= 1,
         "mixup has a probability of {} and cutmix of {}: a clip takes one or the other, so that together "
         "they may have 1 at most",
         mixup.probability, cutmix.probability);
}

AugmentationDraw draw_augmentation(const Augmentation& spec, std::uint64_t seed, int epoch,
                                   std::int64_t index) {
  const SampleRandom random(seed, epoch, index);
  AugmentationDraw draw;
  const auto [scales, area, left, top] = random.uniforms(Item::scale);
  draw.left_at = left;
  draw.top_at = top;
  if (spec.scale.on() && scales < spec.scale.probability)
    draw.area = spec.scale.low + (spec.scale.high - spec.scale.low) * area;
  const auto [stretches, aspect, third, fourth] = random.uniforms(Item::aspect);
  if (spec.aspect.on() && stretches < spec.aspect.probability) draw.aspect = log_uniform(spec.aspect, aspect);
  const auto [hastens, speed, s3, s4] = random.uniforms(Item::speed);
  if (spec.speed.on() && hastens < spec.speed.probability) draw.speed = log_uniform(spec.speed, speed);

  draw.rotation = random.either_way(spec.rotate, Item::rotate).value_or(0);
  draw.brightness = 1 + random.either_way(spec.brightness, Item::brightness).value_or(0);
  draw.contrast = 1 + random.either_way(spec.contrast, Item::contrast).value_or(0);
  draw.saturation = 1 + random.either_way(spec.saturation, Item::saturation).value_or(0);
  draw.hue = random.either_way(spec.hue, Item::hue).value_or(0);
  draw.blur = std::abs(random.either_way(spec.blur, Item::blur).value_or(0));
  draw.noise = std::abs(random.either_way(spec.noise, Item::noise).value_or(0));
  const PhiloxBlock key = random.block(Item::noise_key);
  draw.noise_key = std::uint64_t{key.word[0]} << 32 | key.word[1];
  draw.erased = draw_erased(spec, random);
  draw.mix = draw_mix(spec, random);
  return draw;
}

std::int64_t mixing_distance(std::uint64_t seed, int epoch, std::int64_t batch, std::int64_t rows) {
  if (rows < 2) return 0;
  const PhiloxBlock random =
      philox(seed ^ kPartnerKey, static_cast<std::uint64_t>(batch), static_cast<std::uint64_t>(epoch));
  return 1 + static_cast<std::int64_t>((static_cast<std::uint64_t>(rows - 1) * random.word[0]) >> 32);
}

std::string to_text(const AugmentationDraw& draw) {
  std::vector<std::string> words;
  const auto add_unless = [&words](bool plain, const std::string& text) {
    if (!plain) words.push_back(text);
  };
  if (draw.area) words.push_back(fmt::format("area {:.2f}", *draw.area));
  add_unless(draw.aspect == 1, fmt::format("aspect {:.2f}", draw.aspect));
  add_unless(draw.rotation == 0, fmt::format("turned {:.0f} degrees", draw.rotation));
  add_unless(draw.brightness == 1, fmt::format("brightness {:.2f}", draw.brightness));
  add_unless(draw.contrast == 1, fmt::format("contrast {:.2f}", draw.contrast));
  add_unless(draw.saturation == 1, fmt::format("saturation {:.2f}", draw.saturation));
  add_unless(draw.hue == 0, fmt::format("hue {:+.3f}", draw.hue));
  add_unless(draw.blur == 0, fmt::format("blur {:.1f}", draw.blur));
  add_unless(draw.noise == 0, fmt::format("noise {:.1f}", draw.noise));
  if (draw.erased) {
    const double volume = draw.erased->frames * draw.erased->height * draw.erased->width;
    words.push_back(fmt::format("erased {:.0f} %", 100 * volume));
  }
  add_unless(draw.speed == 1, fmt::format("speed {:.2f}", draw.speed));
  const char* const kind = draw.mix.kind == Mix::mixup ? "mixup" : "cutmix";
  add_unless(draw.mix.kind == Mix::none, fmt::format("{} {:.2f}", kind, draw.mix.first_share));
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace c3d
