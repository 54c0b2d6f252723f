// Textures: noise of several kinds, gradients, stripes, tiles, cells, fractals, and heaps of leaves that
// cover one another. Each is a bitmap that repeats; gradients, and checks and bricks of odd numbers, show a seam.
#pragma once

#include "data/synth/palette.h"

namespace c3d::synth {

enum class TextureKind : std::uint8_t {
  flat,
  gradient,
  stripes,
  checks,
  dots,
  bricks,
  clouds,   // noise of one size
  fractal,  // noise of many sizes
  marble,   // stripes bent by noise
  grain,    // noise stretched along one axis
  cells,    // distance to the nearest of scattered points
  leaves,   // discs and boxes of all sizes upon one another
  speckle   // every texel by itself, over clouds
};
inline constexpr int kTextureKinds = 13;

// A surface as it is worn or built: mostly plain.
TextureKind draw_cloth(Draws& draws);
// A surface of a scene: mostly noise.
TextureKind draw_surface(Draws& draws);

Bitmap make_texture(Draws& draws, TextureKind kind, int width, int height, const Palette& palette,
                    const Grade& grade);

// The outlines of things, as bitmaps whose alpha is 0 outside.
enum class Outline : std::uint8_t { disc, box, polygon, star, ring, cross, blob, crescent, drop, bar };
inline constexpr int kOutlines = 10;
// The texture, cut to the outline, which leaves a clear border of two texels.
Bitmap cut_out(Draws& draws, Outline outline, Bitmap texture);
// White that fades from its middle, in the colour given: smoke, shadows, glow.
Bitmap make_puff(int size, Colour colour, float opacity, const Grade& grade);

}  // namespace c3d::synth
