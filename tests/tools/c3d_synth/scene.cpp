#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "catch.h"
#include "engine/core/error.h"
#include "tools/c3d_synth/scene.h"
#include "tools/c3d_synth/scene_painter.h"

namespace c3d {
namespace {

constexpr int kWidth = 64, kHeight = 48;

std::vector<std::uint8_t> painted(const Scene& scene, double frame) {
  std::vector<std::uint8_t> rgb(std::size_t{3} * kWidth * kHeight);
  ScenePainter(scene, kWidth, kHeight, 32).paint(frame, rgb);
  return rgb;
}

TEST_CASE("every motion has one opposite, and it is another motion") {
  for (const Motion motion : kMotions) {
    CHECK(opposite(motion) != motion);
    CHECK(opposite(opposite(motion)) == motion);
    CHECK(parse_motion(to_string(motion)) == motion);
  }
  CHECK_THROWS_AS(parse_motion("jumping"), Error);
}

TEST_CASE("a motion is travel along its own axis, its own way, for every body") {
  for (const Motion motion : kMotions) {
    for (const Body& body : make_scene(motion, Look::train, 1, 0).bodies) {
      const std::array speeds = {body.speed.x, body.speed.y, body.speed.size, body.speed.angle};
      const int moving =
          static_cast<int>(std::count_if(speeds.begin(), speeds.end(), [](double v) { return v != 0; }));
      CHECK(moving == 1);
      const Body other = make_scene(opposite(motion), Look::train, 1, 0).bodies.front();
      const std::array back = {other.speed.x, other.speed.y, other.speed.size, other.speed.angle};
      for (std::size_t i = 0; i < speeds.size(); ++i) CHECK(speeds[i] * back[i] <= 0);
    }
  }
  CHECK(make_scene(Motion::right, Look::train, 1, 0).bodies[0].speed.x > 0);
  CHECK(make_scene(Motion::down, Look::train, 1, 0).bodies[0].speed.y > 0);
  CHECK(make_scene(Motion::growing, Look::train, 1, 0).bodies[0].speed.size > 0);
}

// Chi-squared against an even spread over eight bins; 7 degrees of freedom exceed 35 once in 90,000 times.
double unevenness(const std::array<int, 8>& bins) {
  double expected = 0, sum = 0;
  for (const int count : bins) expected += count / 8.0;
  for (const int count : bins) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST_CASE(
    "at the first, the middle and the last frame, every state is as likely for one class as for another") {
  for (const Motion motion : kMotions) {
    for (const double frame : {0.0, 16.0, 31.0}) {
      std::array<int, 8> x{}, y{}, size{}, angle{};
      for (std::uint32_t i = 0; i < 2000; ++i) {
        const State state = state_at(make_scene(motion, Look::train, 5, i).bodies[i % 2], frame);
        const double turns = state.angle / (2 * std::numbers::pi);
        ++x.at(static_cast<std::size_t>(8 * state.x));
        ++y.at(static_cast<std::size_t>(8 * state.y));
        ++size.at(static_cast<std::size_t>(8 * state.size));
        ++angle.at(static_cast<std::size_t>(8 * (turns - std::floor(turns))));
      }
      INFO(to_string(motion) << " at frame " << frame);
      CHECK(unevenness(x) < 35);
      CHECK(unevenness(y) < 35);
      CHECK(unevenness(size) < 35);
      CHECK(unevenness(angle) < 35);
    }
  }
}

TEST_CASE("the ground drifts as often one way as the other, whatever the class") {
  for (const Motion motion : kMotions) {
    int right = 0, down = 0;
    for (std::uint32_t i = 0; i < 1000; ++i) {
      const Scene scene = make_scene(motion, Look::train, 5, i);
      right += scene.ground_x > 0;
      down += scene.ground_y > 0;
    }
    CHECK(std::abs(right - 500) < 80);  // five standard deviations
    CHECK(std::abs(down - 500) < 80);
  }
}

TEST_CASE("the two looks share no outline and no mark") {
  for (std::uint32_t i = 0; i < 50; ++i) {
    for (std::uint32_t k = 0; k < 50; ++k) {
      const Body a = make_scene(Motion::up, Look::train, 1, i).bodies[0];
      const Body b = make_scene(Motion::up, Look::test, 1, k).bodies[0];
      REQUIRE((a.outline.corners != b.outline.corners || a.outline.waist != b.outline.waist));
      REQUIRE(a.texture.mark != b.texture.mark);
    }
  }
}

TEST_CASE("a scene is the same for the same numbers and another for others") {
  const std::vector<std::uint8_t> first = painted(make_scene(Motion::left, Look::train, 1, 0), 4);
  CHECK(first == painted(make_scene(Motion::left, Look::train, 1, 0), 4));
  CHECK(first != painted(make_scene(Motion::left, Look::train, 1, 1), 4));
  CHECK(first != painted(make_scene(Motion::left, Look::train, 2, 0), 4));
  CHECK(first != painted(make_scene(Motion::left, Look::test, 1, 0), 4));
  CHECK(first != painted(make_scene(Motion::left, Look::train, 1, 0), 5));
}

// The mean place of what is black, and how much of it there is, in pixels: a black body on a white ground.
struct Blot {
  double x = 0, y = 0, pixels = 0;
};

Blot blot_of(const Scene& scene, double frame) {
  const std::vector<std::uint8_t> rgb = painted(scene, frame);
  Blot blot;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double black = 1 - rgb[static_cast<std::size_t>(3 * (y * kWidth + x))] / 255.0;
      blot.x += black * x;
      blot.y += black * y;
      blot.pixels += black;
    }
  }
  blot.x /= blot.pixels;
  blot.y /= blot.pixels;
  return blot;
}

Scene black_square(State start, State speed) {
  const Color white{1, 1, 1}, black{0, 0, 0};
  Scene scene;
  scene.ground = {Mark::tile, 0, 0.2, white, white, 1};
  scene.bodies.push_back({{4, 1}, {Mark::tile, 0, 0.5, black, black, 1}, start, speed});
  return scene;
}

TEST_CASE("what a body's speed says is what the pixels do") {
  const State middle{0.5, 0.5, 0.3, 0};
  const Blot start = blot_of(black_square(middle, {}), 0);
  CHECK(blot_of(black_square(middle, {.x = 0.02}), 5).x - start.x == Approx(0.1 * kWidth).margin(0.05));
  CHECK(blot_of(black_square(middle, {.y = 0.02}), 5).y - start.y == Approx(0.1 * kHeight).margin(0.05));
  CHECK(blot_of(black_square(middle, {.size = 0.05}), 5).pixels > 1.3 * start.pixels);
  CHECK(blot_of(black_square(middle, {.size = -0.05}), 5).pixels < 0.8 * start.pixels);
}

TEST_CASE("a body that leaves on one side comes back on the other") {
  const Blot centre = blot_of(black_square({0.5, 0.5, 0.3, 0}, {}), 0);
  const Blot corner = blot_of(black_square({0.999, 0.999, 0.3, 0}, {}), 0);
  CHECK(corner.pixels == Approx(centre.pixels).epsilon(0.1));
  CHECK(painted(black_square({0.4, 0.5, 0.3, 0}, {.x = 1}), 1) ==
        painted(black_square({0.4, 0.5, 0.3, 0}, {}), 0));
}

}  // namespace
}  // namespace c3d
