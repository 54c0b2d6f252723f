// What a synthetic video shows, as numbers: two textured bodies that move alike over a textured ground that
// drifts.
//
// Note [why no frame gives the class away]
// A body's state (place, size, angle) lies on a torus: what leaves on one side comes back on the other, what
// has grown to the largest size fades out and comes back at the smallest. The state at the start is drawn
// evenly from the whole torus, in the same way for every class, and the class only says along which axis, and
// which way, it then travels at constant speed. So the state is evenly spread at every later frame too,
// whatever the class: one frame, any frame, carries no information. And a video played backwards is
// distributed exactly as one of the opposite class. The ground drifts in a random direction, so that the mean
// motion of the picture says nothing either.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "c3d/report/canvas.h"
#include "tools/c3d_synth/motion.h"

namespace c3d {

// Outlines, marks and hues of one look never appear in the other.
enum class Look : std::uint8_t { train, test };
Look parse_look(const std::string& name);

enum class Mark : std::uint8_t { stripe, tile, disc, zigzag, cross, triangle };

struct Texture {
  Mark mark = Mark::stripe;
  double angle = 0;  // of the whole pattern, radians
  double pitch = 1;  // between marks, in the unit it is drawn in
  Color base, marks;
  std::uint64_t seed = 0;  // of the places and sizes of the marks
};

// A polygon whose edges are drawn in by `waist`: 1 a regular polygon, below 1 a star.
struct Outline {
  int corners = 4;
  double waist = 1;
};

struct State {
  double x = 0, y = 0;  // share of the frame's width and height; whole numbers are the same place
  double size = 0;      // share of the way from the smallest to the largest radius, in the logarithm; wraps
  double angle = 0;     // radians, clockwise on the screen
};

struct Body {
  Outline outline;
  Texture texture;
  State start, speed;  // speed is per frame
};

struct Scene {
  Texture ground;
  double ground_x = 0, ground_y = 0;  // drift per frame in shares of the frame's height
  std::vector<Body> bodies;
};

// The same scene for the same arguments.
Scene make_scene(Motion motion, Look look, std::uint64_t seed, std::uint32_t index);

State state_at(const Body& body, double frame);  // place and size wrapped into [0, 1)

}  // namespace c3d
