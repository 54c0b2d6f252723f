// A person as a chain of joints: angles in, places in space out. Lengths count in the person's height; the
// ground is y = 0, x and z lie on it. Proportions after Drillis and Contini's body segment lengths (Winter,
// "Biomechanics and Motor Control of Human Movement").
#pragma once

#include <array>

#include "data/synth/draws.h"
#include "data/synth/exact_math.h"

namespace c3d::synth {

// Degrees, 0 for a person who stands with hanging arms. Those of the right side follow those of the left in
// the same order, so that a pose can be mirrored.
enum class Angle : std::uint8_t {
  lean,         // the whole body forward
  sway,         // the whole body to its right
  turn,         // the whole body to its left
  spine,        // the chest forward
  twist,        // the chest to the left
  side,         // the chest to the right
  nod,          // the head forward
  look,         // the head to the left
  left_arm,     // the upper arm forward
  left_out,     // and away from the body
  left_in,      // the plane in which the elbow bends, inwards
  left_elbow,   // bent
  left_leg,     // the thigh forward
  left_spread,  // and outwards
  left_knee,    // bent
  right_arm,
  right_out,
  right_in,
  right_elbow,
  right_leg,
  right_spread,
  right_knee,
  air,      // hundredths of the height between the lowest point of the body and the ground
  forward,  // hundredths of the height that the person has gone
  strafe    // and to the left
};
inline constexpr int kAngles = 25;

class Pose {
 public:
  float& operator[](Angle angle) { return degrees_[static_cast<std::size_t>(angle)]; }
  float operator[](Angle angle) const { return degrees_[static_cast<std::size_t>(angle)]; }
  Pose mirrored() const;

 private:
  std::array<float, kAngles> degrees_{};
};

struct Build {
  float stature = 1;                                  // in the units of the stage
  float arms = 1, legs = 1, shoulders = 1, head = 1;  // lengths and widths, 1 as in the mean
  float stout = 1;                                    // thickness
};
Build draw_build(Draws& draws);

// Where a hand should be; the arm is bent as it must, as far as it reaches.
struct Reach {
  Vec3 target;
  float share = 0;  // 0 as the angles say, 1 at the target
};

struct Stance {
  Pose pose;
  Vec3 place;                    // on the stage, before `forward` and `strafe`
  float facing = 0;              // degrees: 0 along z, to the viewer; 90 along x
  std::array<Reach, 2> reach{};  // left, right
};

struct Limbs {
  Vec3 upper, middle, end, tip;  // shoulder, elbow, wrist, fingers; hip, knee, ankle, toes
};
struct Skeleton {
  Vec3 pelvis, waist, neck, head, face;  // face: where the head looks, as far from it as the nose
  std::array<Limbs, 2> arms, legs;       // left, right
  Vec3 left;                             // the chest's own left, of length 1
};
Skeleton solve(const Build& build, const Stance& stance);

}  // namespace c3d::synth
