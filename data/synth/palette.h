// Colours of a scene. What the camera does to all of them (grey film, a tint, contrast) is done here, once,
// when a texture is made.
#pragma once

#include <array>

#include "data/synth/bitmap.h"
#include "data/synth/draws.h"

namespace c3d::synth {

struct Colour {
  float red = 0, green = 0, blue = 0;  // 0 to 1
};
constexpr Colour mix(Colour a, Colour b, float share) {
  return {mix(a.red, b.red, share), mix(a.green, b.green, share), mix(a.blue, b.blue, share)};
}
constexpr float luma(Colour c) { return 0.3F * c.red + 0.59F * c.green + 0.11F * c.blue; }
// hue in turns
Colour from_hue(float hue, float saturation, float value);

struct Grade {
  bool grey = false;
  std::array<float, 3> gain{1, 1, 1};
  float black = 0, white = 1;  // what 0 and 1 become
};
Grade draw_grade(Draws& draws);
Pixel graded(Colour colour, const Grade& grade);  // opaque

struct Palette {
  std::array<Colour, 4> colours;
  int count = 2;
  Colour mean() const;
};
enum class Mood : std::uint8_t {
  any,      // whatever falls
  natural,  // dull: earth, stone, grass, cloth
  plain     // shades of one colour
};
Palette draw_palette(Draws& draws, Mood mood);
// Drawn again, a few times, while its brightness is nearly that of what it is seen against.
Palette draw_palette_against(Draws& draws, Mood mood, Colour ground);
// And while its own colours are nearly of one brightness: for what shows its motion by its texture alone.
Palette draw_strong_palette(Draws& draws, Colour ground);
Colour draw_skin(Draws& draws);

// Colours in order along 256 steps.
using Ramp = std::array<Pixel, 256>;
Ramp make_ramp(const Palette& palette, const Grade& grade);

}  // namespace c3d::synth
