// What a scene shows, in the words a network can be taught: one index for each of several attributes. The
// first, the motion of the main actor, is the class of a video; the others say what moves, how it is jointed,
// how fast and which way it goes, what the camera does, and whether time runs backwards.
//
// A mirrored clip shows the mirrored direction and camera: see mirrored().
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace c3d::synth {

struct Attribute {
  std::string_view name;
  std::span<const std::string_view> values;
};

enum class SceneAttribute : std::uint8_t { motion, actor, joints, speed, direction, camera, playback };
inline constexpr std::size_t kSceneAttributes = 7;

// In the order of SceneAttribute.
std::span<const Attribute> scene_attributes();
std::size_t motion_classes();
// Error: no motion has this name; it says which there are.
std::int32_t parse_motion_class(std::string_view name);

struct SceneLabels {
  std::array<std::int32_t, kSceneAttributes> values{};

  std::int32_t& operator[](SceneAttribute a) { return values[static_cast<std::size_t>(a)]; }
  std::int32_t operator[](SceneAttribute a) const { return values[static_cast<std::size_t>(a)]; }
  friend bool operator==(const SceneLabels&, const SceneLabels&) = default;
};
std::string_view name_of(const SceneLabels& labels, SceneAttribute attribute);
// What a clip shows whose frames are flipped left to right.
SceneLabels mirrored(SceneLabels labels);

enum class ActorKind : std::uint8_t { figure, two_figures, rigid, soft, particles, flow };
enum class Joints : std::uint8_t { none, arms, legs, whole_body, bends, many };
enum class Speed : std::uint8_t { slow, normal, fast };
enum class Direction : std::uint8_t {
  none,
  left,
  right,
  up,
  down,
  towards,
  away,
  clockwise,
  counterclockwise
};
enum class CameraMove : std::uint8_t {
  still,
  pan_left,
  pan_right,
  tilt_up,
  tilt_down,
  zoom_in,
  zoom_out,
  shake,
  roll,
  cut,
  follow
};

// The classes, in the order of their labels. Those of one actor stand together; figures and two figures are
// in the order of ActionName and DuetName.
enum class Motion : std::uint8_t {
  // clang-format off
  walk, run, march, sidestep, crawl, wave_one_hand, wave_two_hands, clap, box, point, raise_hand, swing_arms,
  throw_ball, jump_up, jump_forward, jumping_jacks, squat, lunge, bow, stretch, kick, sit_down, stand_up,
  fall_down, get_up, push_up, spin_around, dance, lift, stand_still,
  approach, part, shake_hands, hug, kick_other, punch_other, push_other, point_at_other, high_five, walk_past,
  chase, hand_over,
  travel, accelerate, brake, rotate, flip_over, grow, shrink, oscillate, bounce, orbit, fall, roll, zigzag,
  collide, split, merge, stop_and_go, pendulum, spiral, vibrate, arc,
  wobble, pulse, flag, swim, slither, melt, stretch_out, twist,
  rain, snow, fountain, smoke, explosion, implosion, vortex, swarm, sparks, stream,
  waves, ripple, river, whirlpool, turbulence, fire
  // clang-format on
};
inline constexpr std::size_t kMotionClasses = static_cast<std::size_t>(Motion::fire) + 1;

struct MotionFacts {
  std::string_view name;
  ActorKind actor;
  Joints joints;
  std::span<const Direction> directions;  // it may have
  bool has_arrow = false;                 // played backwards it is plainly that, and no other class
};
const MotionFacts& facts_of(Motion motion);

}  // namespace c3d::synth
