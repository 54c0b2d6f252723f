#include "data/synth/palette.h"

namespace c3d::synth {

Colour from_hue(float hue, float saturation, float value) {
  const auto channel = [&](float shift) {
    const float k = 6 * wrapped(hue + shift / 6);
    return value - value * saturation * limited(std::min(k, 4 - k));
  };
  return {channel(5), channel(3), channel(1)};
}

Grade draw_grade(Draws& draws) {
  Grade grade;
  grade.grey = draws.chance(0.2F);
  for (float& gain : grade.gain) gain = draws.between(0.85F, 1.1F);
  if (draws.chance(0.4F)) {
    grade.black = draws.between(0, 0.2F);
    grade.white = draws.between(0.65F, 1);
  }
  return grade;
}

Pixel graded(Colour colour, const Grade& grade) {
  if (grade.grey) {
    const float y = luma(colour);
    colour = {y, y, y};
  }
  const auto byte = [&](float value, float gain) {
    const float seen = limited(mix(grade.black, grade.white, limited(value)) * (grade.grey ? 1 : gain));
    return static_cast<Pixel>(std::floor(seen * 255 + 0.5F));
  };
  return byte(colour.red, grade.gain[0]) | byte(colour.green, grade.gain[1]) << 8U |
         byte(colour.blue, grade.gain[2]) << 16U | 0xFF000000U;
}

Colour Palette::mean() const {
  Colour sum;
  for (int i = 0; i < count; ++i) {
    const Colour& c = colours[static_cast<std::size_t>(i)];
    sum = {sum.red + c.red, sum.green + c.green, sum.blue + c.blue};
  }
  const float share = 1 / static_cast<float>(count);
  return {share * sum.red, share * sum.green, share * sum.blue};
}

Palette draw_palette(Draws& draws, Mood mood) {
  Palette palette;
  palette.count = 2 + draws.below(3);
  const float hue = draws.uniform(), value = draws.between(0.08F, 0.95F);
  const float saturation = draws.between(0, mood == Mood::natural ? 0.4F : 0.9F);
  const float contrast = mood == Mood::any ? draws.between(0.1F, 0.6F) : draws.between(0.03F, 0.2F);
  for (Colour& colour : palette.colours) {
    if (mood == Mood::any && draws.chance(0.4F)) {
      const Vec3 drawn{draws.uniform(), draws.uniform(), draws.between(0.05F, 1)};
      colour = from_hue(drawn.x, drawn.y, drawn.z);
    } else {
      const Vec3 drawn{draws.between(-0.06F, 0.06F), draws.between(0.7F, 1.2F), draws.between(-1, 1)};
      colour = from_hue(hue + drawn.x, saturation * drawn.y, limited(value + contrast * drawn.z));
    }
  }
  return palette;
}

Palette draw_palette_against(Draws& draws, Mood mood, Colour ground) {
  constexpr float kNear = 0.17F;
  Palette palette = draw_palette(draws, mood);
  for (int i = 0; i < 3 && std::abs(luma(palette.mean()) - luma(ground)) < kNear; ++i) {
    palette = draw_palette(draws, mood);
  }
  return palette;
}

Palette draw_strong_palette(Draws& draws, Colour ground) {
  constexpr float kLeastRange = 0.35F;
  Palette palette;
  for (int i = 0; i < 6; ++i) {
    palette = draw_palette_against(draws, Mood::any, ground);
    float low = 1, high = 0;
    for (int k = 0; k < palette.count; ++k) {
      const float y = luma(palette.colours[static_cast<std::size_t>(k)]);
      low = std::min(low, y);
      high = std::max(high, y);
    }
    if (high - low > kLeastRange) break;
  }
  return palette;
}

Colour draw_skin(Draws& draws) {
  if (draws.chance(0.12F)) {
    const Vec3 drawn{draws.uniform(), draws.uniform(), draws.between(0.1F, 1)};
    return from_hue(drawn.x, drawn.y, drawn.z);
  }
  const Colour skin = mix(Colour{0.95F, 0.76F, 0.64F}, Colour{0.3F, 0.18F, 0.11F}, draws.uniform());
  const float light = draws.between(0.8F, 1.1F);
  return {light * skin.red, light * skin.green, light * skin.blue};
}

Ramp make_ramp(const Palette& palette, const Grade& grade) {
  Ramp ramp;
  for (std::size_t i = 0; i < ramp.size(); ++i) {
    const float place = static_cast<float>(i) / 255.5F * static_cast<float>(palette.count - 1);
    const auto at = static_cast<std::size_t>(place);
    ramp[i] =
        graded(mix(palette.colours[at], palette.colours[at + 1], place - static_cast<float>(at)), grade);
  }
  return ramp;
}

}  // namespace c3d::synth
