// What moves in a scene. An actor is a function of time alone: frames can be drawn in any order.
#pragma once

#include <memory>

#include "data/synth/attributes.h"
#include "data/synth/figure.h"

namespace c3d::synth {

// The world's plane has its origin in the middle of the picture, x to the right, y down; a unit is the height
// of a frame. Time counts in seconds of the scene, 0 at its first frame.
class Actor {
 public:
  virtual ~Actor() = default;
  virtual void draw(Bitmap& target, const View& view, float seconds) const = 0;
  virtual Vec2 middle(float /*seconds*/) const { return {}; }  // what a camera that follows looks at
};

// What actors need to know of their scene before they are made.
struct Setting {
  Grade grade;
  Colour ground;             // the backdrop's mean colour, to be seen against
  float view_down = 0.2F;    // sine of the angle by which the camera looks down
  float perspective = 0.2F;  // see Stage
  float half_width = 0.67F;  // of the picture
  float seconds = 1;         // that a clip shows
};

// How an actor is to move: its labels, but for the camera.
struct Part {
  Motion motion = Motion::travel;
  Direction direction = Direction::none;
};

std::unique_ptr<Actor> make_figure(Draws& draws, const Setting& setting, const Part& part);
std::unique_ptr<Actor> make_pair(Draws& draws, const Setting& setting, const Part& part);
std::unique_ptr<Actor> make_rigid(Draws& draws, const Setting& setting, const Part& part);
std::unique_ptr<Actor> make_soft(Draws& draws, const Setting& setting, const Part& part);
std::unique_ptr<Actor> make_particles(Draws& draws, const Setting& setting, const Part& part);
std::unique_ptr<Actor> make_flow(Draws& draws, const Setting& setting, const Part& part);
std::unique_ptr<Actor> make_actor(Draws& draws, const Setting& setting, const Part& part);
// A person in the background, who stands or walks.
std::unique_ptr<Actor> make_bystander(Draws& draws, const Setting& setting);

// Things that actors share.
Bitmap draw_thing(Draws& draws, const Setting& setting, int texels);  // cut out of a texture
struct Pose2 {
  Vec2 at;
  float size = 0.1F;  // half the side of its square
  float turns = 0;    // clockwise
  float squeeze = 1;  // of its width; below 0 its back is seen
  float opacity = 1;
};
void draw_thing(Bitmap& target, const View& view, const Bitmap& thing, const Pose2& pose);

}  // namespace c3d::synth
