// What stands still: a surface or a wall and a floor, with things before them. Painted once, larger than the
// picture, so that the camera can move over it.
#pragma once

#include "data/synth/actor.h"

namespace c3d::synth {

struct Backdrop {
  Bitmap picture;
  float scale = 128;  // texels per unit of the world, whose (0, 0) is the picture's middle
  Colour mean;
};
Backdrop paint_backdrop(Draws& draws, const Grade& grade, float half_width, int height);

// Lays it over the whole target.
void draw_backdrop(Bitmap& target, const Backdrop& backdrop, const View& view, bool only_pans);

}  // namespace c3d::synth
