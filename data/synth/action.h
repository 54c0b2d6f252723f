// What one person does, as a table: swings that go on (sums of sines) and tracks of angles by time (smooth
// between their points), and how fast it travels.
#pragma once

#include <span>

#include "data/synth/skeleton.h"

namespace c3d::synth {

// angle += mean + amplitude * sin(cycles * t / period + phase), phase in turns.
struct Swing {
  Angle angle;
  float mean = 0, amplitude = 0, phase = 0, cycles = 1;
};
struct TrackPoint {
  float seconds, degrees;
};
// From 0 at the start unless a point stands there; after the last point it stays.
struct Track {
  Angle angle;
  std::array<TrackPoint, 6> points;  // in order of time; the first whose time does not grow ends them
};
enum class Prop : std::uint8_t { none, thrown, lifted };

struct Action {
  std::span<const Swing> swings = {};
  std::span<const Track> tracks = {};
  float period = 1;    // of the swings, seconds
  float travel = 0;    // heights a second, forward
  float sideways = 0;  // heights a second, to the left
  float lasts = 0;     // seconds that the tracks take; 0: none
  Prop prop = Prop::none;
  float prop_seconds = 0;  // when it leaves the hand, or comes into it
};

enum class ActionName : std::uint8_t {
  walk,
  run,
  march,
  sidestep,
  crawl,
  wave_one_hand,
  wave_two_hands,
  clap,
  box,
  point,
  raise_hand,
  swing_arms,
  throw_ball,
  jump_up,
  jump_forward,
  jumping_jacks,
  squat,
  lunge,
  bow,
  stretch,
  kick,
  sit_down,
  stand_up,
  fall_down,
  get_up,
  push_up,
  spin_around,
  dance,
  lift,
  stand_still
};
const Action& action_named(ActionName name);

// How one person does it: larger or smaller, from another phase, with other angles at rest.
struct Style {
  float swing = 1, track = 1, phase = 0;
  std::array<float, kAngles> offset{};  // degrees
  float breath = 1, breath_phase = 0;
  bool mirrored = false;
};
Style draw_style(Draws& draws);

// The swings at `cycle` of their period (one is a whole turn) and the tracks at a time.
Pose pose_of(const Action& action, const Style& style, float cycle, float seconds);
// A person who stands, breathes and shifts its weight.
void add_rest(Pose& pose, const Style& style, float seconds);

}  // namespace c3d::synth
