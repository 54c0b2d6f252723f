// A person in pictures: a build, clothes, and how its joints become drawn limbs.
#pragma once

#include <vector>

#include "data/synth/skeleton.h"
#include "data/synth/textures.h"

namespace c3d::synth {

// The camera's place before the stage: it looks down by some angle, near things are larger. Then the world's
// own plane, whose unit is the height of a frame.
struct Stage {
  float sine_of_view = 0, cosine_of_view = 1;  // of the angle by which the camera looks down
  float perspective = 0.2F;                    // how much a unit towards the eye enlarges
  Vec2 origin;                                 // where the stage's (0, 0, 0) is seen
  float scale = 0.8F;                          // of a unit there
};
struct Seen {
  Vec2 at;
  float scale = 1, nearness = 0;
};
Seen see(const Stage& stage, Vec3 point);

// From the world's plane to pixels.
struct View {
  Vec2 pixel_of(Vec2 world) const { return middle + scale * rotated_back(world - centre); }
  Vec2 world_of(Vec2 pixel) const {
    const Vec2 p = 1 / scale * (pixel - middle);
    return centre +
           Vec2{cosine_of_roll * p.x + sine_of_roll * p.y, cosine_of_roll * p.y - sine_of_roll * p.x};
  }

  Vec2 centre;                                 // of the picture, in the world
  Vec2 middle;                                 // of the picture, in pixels
  float scale = 128;                           // pixels per unit
  float sine_of_roll = 0, cosine_of_roll = 1;  // the world turns by it, clockwise

 private:
  Vec2 rotated_back(Vec2 p) const {
    return {cosine_of_roll * p.x - sine_of_roll * p.y, sine_of_roll * p.x + cosine_of_roll * p.y};
  }
};

struct Clothes {
  Bitmap shirt, trousers, skin, hair, shoes, shadow;
  bool long_sleeves = true, long_trousers = true, gloves = false;
  float skirt = 0;  // how far the shirt hangs down the thighs, as a share of them
  float shadow_opacity = 0;
  float roundness = 0.3F;
};
Clothes draw_clothes(Draws& draws, const Grade& grade, Colour ground);

struct DrawnFigure {
  const Build* build;
  const Clothes* clothes;
  Skeleton skeleton;
};
// All limbs of all figures, the farthest first, so that arms can lie around another body.
void draw_figures(Bitmap& target, const View& view, const Stage& stage,
                  const std::vector<DrawnFigure>& figures);

}  // namespace c3d::synth
