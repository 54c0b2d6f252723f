#include "tools/c3d_synth/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/core/error.h"
#include "tools/c3d_synth/random.h"

namespace c3d {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kFramesOfClip = 16;  // speeds are chosen by what a clip of C3D sees of them

struct Materials {
  std::array<Outline, 4> outlines;
  std::array<Mark, 3> marks;
  double hue;  // of the first of six, a sixth of the circle apart
};

const Materials& materials_of(Look look) {
  static constexpr Materials kTrain = {
      {{{3, 1}, {4, 1}, {5, 1}, {6, 0.62}}}, {Mark::stripe, Mark::tile, Mark::disc}, 0};
  static constexpr Materials kTest = {
      {{{6, 1}, {8, 1}, {5, 0.55}, {4, 0.5}}}, {Mark::zigzag, Mark::cross, Mark::triangle}, 1.0 / 12};
  return look == Look::train ? kTrain : kTest;
}

Color from_hue(double hue, double saturation, double value) {
  const auto channel = [&](double shift) {
    const double k = std::fmod(shift + 6 * (hue - std::floor(hue)), 6.0);
    return value - value * saturation * std::max(0.0, std::min({k, 4 - k, 1.0}));
  };
  return {channel(5), channel(3), channel(1)};
}

double draw_hue(const Materials& materials, Random& random) {
  return materials.hue + random.below(6) / 6.0 + random.between(-0.035, 0.035);
}

Texture make_texture(const Materials& materials, Random& random, double pitch, Color base, Color marks) {
  Texture texture;
  texture.mark = materials.marks[random.below(static_cast<std::uint32_t>(materials.marks.size()))];
  texture.angle = random.between(0, kTurn);
  texture.pitch = pitch;
  texture.base = base;
  texture.marks = marks;
  texture.seed = (std::uint64_t{random.below(1U << 24U)} << 24U) | random.below(1U << 24U);
  return texture;
}

// Grounds are of middling brightness and dull, bodies both brighter and darker and vivid.
Texture make_ground(const Materials& materials, Random& random) {
  const double hue = draw_hue(materials, random), value = random.between(0.4, 0.6);
  const double step = random.sign() * random.between(0.08, 0.14);
  return make_texture(materials, random, random.between(0.1, 0.22),
                      from_hue(hue, random.between(0.1, 0.4), value),
                      from_hue(hue + random.between(-0.1, 0.1), random.between(0.1, 0.4), value + step));
}

Body make_body(const Materials& materials, Random& random) {
  const Color bright =
      from_hue(draw_hue(materials, random), random.between(0.2, 0.7), random.between(0.9, 1));
  const Color dark =
      from_hue(draw_hue(materials, random), random.between(0.4, 0.9), random.between(0.1, 0.28));
  const bool dark_marks = random.uniform() < 0.5;
  Body body;
  body.outline = materials.outlines[random.below(static_cast<std::uint32_t>(materials.outlines.size()))];
  body.texture = make_texture(materials, random, random.between(0.5, 0.8), dark_marks ? bright : dark,
                              dark_marks ? dark : bright);
  return body;
}

State speed_of(Motion motion, Random& random) {
  const double travel = random.between(0.34, 0.56) / kFramesOfClip;           // shares of the frame
  const double growth = random.between(0.5, 0.65) / kFramesOfClip;            // shares of the range of sizes
  const double turn = random.between(75, 125) / 360 * kTurn / kFramesOfClip;  // radians
  switch (motion) {
    case Motion::down:
      return {.y = travel};
    case Motion::growing:
      return {.size = growth};
    case Motion::left:
      return {.x = -travel};
    case Motion::right:
      return {.x = travel};
    case Motion::shrinking:
      return {.size = -growth};
    case Motion::turning_left:
      return {.angle = -turn};
    case Motion::turning_right:
      return {.angle = turn};
    case Motion::up:
      return {.y = -travel};
  }
  fail("there is no motion number {}", static_cast<int>(motion));
}

double wrapped(double value) { return value - std::floor(value); }

}  // namespace

Look parse_look(const std::string& name) {
  expect(name == "train" || name == "test", "'{}' is no look: train or test", name);
  return name == "train" ? Look::train : Look::test;
}

Scene make_scene(Motion motion, Look look, std::uint64_t seed, std::uint32_t index) {
  const auto group = static_cast<std::uint64_t>(look) << 8U | static_cast<std::uint64_t>(motion);
  Random random(seed, group << 32U | index);
  const Materials& materials = materials_of(look);
  Scene scene;
  scene.ground = make_ground(materials, random);
  const double direction = random.between(0, kTurn), drift = random.between(0.1, 0.25) / kFramesOfClip;
  scene.ground_x = drift * std::cos(direction);
  scene.ground_y = drift * std::sin(direction);
  // The second body starts half the torus away, give or take: they seldom cover each other, and never are
  // both at the ends of the range of sizes, where they fade.
  const State first{random.uniform(), random.uniform(), random.uniform(), random.between(0, kTurn)};
  for (int i = 0; i < 2; ++i) {
    Body body = make_body(materials, random);
    body.start = first;
    if (i == 1) {
      body.start = {first.x + random.between(0.4, 0.6), first.y + random.between(0.4, 0.6),
                    first.size + random.between(0.4, 0.6), random.between(0, kTurn)};
    }
    body.speed = speed_of(motion, random);
    scene.bodies.push_back(body);
  }
  return scene;
}

State state_at(const Body& body, double frame) {
  return {wrapped(body.start.x + frame * body.speed.x), wrapped(body.start.y + frame * body.speed.y),
          wrapped(body.start.size + frame * body.speed.size), body.start.angle + frame * body.speed.angle};
}

}  // namespace c3d
