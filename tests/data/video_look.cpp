#include "data/video_look.h"

#include <string>
#include <vector>

#include "catch.h"
#include "tests/support/scenes.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

VideoLook look_of(const Scene& scene) {
  LookMaker maker;
  for (int frame = 0; frame < scene.frames; ++frame) {
    if (maker.wants_next()) {
      maker.add(draw_scene(scene, (frame + 0.5) / scene.frames), scene.width, scene.height);
    } else {
      maker.skip();
    }
  }
  VideoLook look;
  maker.finish(look);
  return look;
}

VideoLook look_of_levels(const std::vector<int>& levels) {
  LookMaker maker;
  for (const int level : levels) {
    maker.add(std::vector<std::uint8_t>(32 * 24 * 3, static_cast<std::uint8_t>(level)), 32, 24);
  }
  VideoLook look;
  maker.finish(look);
  return look;
}

VideoLook timed(const std::vector<double>& stamps) {
  TimeMeter meter;
  for (const double seconds : stamps) meter.add(seconds);
  VideoLook look;
  meter.finish(look);
  return look;
}

}  // namespace

TEST_CASE("a look survives its text, and what is no look's text is none") {
  const VideoLook look{.width = 320,
                       .height = 240,
                       .rate = 29.97,
                       .seconds = 4.25,
                       .announced = 110,
                       .turned = 90,
                       .interlaced = true,
                       .uneven = 0.125,
                       .codec = "mpeg4",
                       .brightness = 101.5,
                       .contrast = 20.5,
                       .change = 33.5,
                       .dark = 0.5};
  const std::string text = look_text(look);
  CHECK(parse_look(text) == look);
  CHECK(parse_look(look_text({})) == VideoLook{});
  for (const char* no_look : {"", "320", "-1 240 25 4 0 0 0 0 1 1 1 0 h264",
                              "320 240 nan 4 0 0 0 0 1 1 1 0 h264", "320.5 240 25 4 0 0 0 0 1 1 1 0 h264",
                              "320 240 25 4 0 0 0 0 1 1 1 0 h 264", "320 240 25 4 0 0 0 2 1 1 1 0 h264"}) {
    INFO(no_look);
    CHECK_FALSE(parse_look(no_look));
  }
}

TEST_CASE("what moves changes some cell, and a still picture none") {
  const VideoLook moving = look_of({.place = 1, .motion = 2});
  CHECK(moving.change > 20);
  CHECK(moving.contrast > 10);
  CHECK(moving.dark == 0);
  const VideoLook still = look_of({.place = 1, .motion = 2, .frames = 1});
  CHECK(still.change == 0);
  CHECK(std::abs(still.brightness - moving.brightness) < 10);
}

TEST_CASE("black frames are counted, and brightness is that of all frames") {
  const VideoLook look = look_of_levels({0, 0, 100, 200});
  CHECK(look.dark == 0.5);
  CHECK(look.brightness == Approx(75));
  CHECK(look.contrast < 0.1);
  CHECK(look.change == Approx(200));
}

TEST_CASE(
    "a rate is even where a container rounds it to milliseconds, and uneven where frames stand longer") {
  std::vector<double> even, uneven;
  double now = 0;
  for (int i = 0; i < 100; ++i) {
    even.push_back(static_cast<double>(i * 1000 / 30) / 1000);
    uneven.push_back(now);
    now += i % 4 == 0 ? 0.1 : 0.04;
  }
  CHECK(timed(even).uneven == 0);
  CHECK(timed(even).seconds == Approx(100 / 30.0).margin(0.01));
  CHECK(timed(uneven).uneven == Approx(0.25).margin(0.02));
  CHECK(timed({-1, -1, -1}) == VideoLook{});
}
