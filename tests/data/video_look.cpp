#include "data/video_look.h"

#include <functional>
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

// 40 frames of grey of [height,width] whose pixels are as `level` says.
VideoLook look_of_pixels(const std::function<int(int frame, int x, int y)>& level) {
  constexpr int kWidth = 171, kHeight = 128;
  LookMaker maker;
  std::vector<std::uint8_t> rgb(std::size_t{3} * kWidth * kHeight);
  for (int frame = 0; frame < 40; ++frame) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        std::fill_n(rgb.begin() + 3 * (std::ptrdiff_t{y} * kWidth + x), 3,
                    static_cast<std::uint8_t>(level(frame, x, y)));
      }
    }
    maker.add(rgb, kWidth, kHeight);
  }
  VideoLook look;
  maker.finish(look);
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
  CHECK(look.change == Approx(195));  // less what may be noise of all of the picture
}

TEST_CASE(
    "a still picture that an encoder redraws, or a camera's noise shakes, is still; a small thing that "
    "moves slowly is not") {
  const auto picture = [](int x, int y) { return 60 + (x * 5 + y * 3) % 90; };
  // Each twelfth frame has other levels, here and there by many.
  CHECK(look_of_pixels([&](int frame, int x, int y) {
          return picture(x, y) + (frame % 12 == 0 ? x / 11 % 7 : 0);
        }).change < 1);
  // All cells go up and down by some 2 levels, a few of them by 4, over several frames.
  CHECK(look_of_pixels([&](int frame, int x, int y) {
          return picture(x, y) + frame % 12 * (x / 11 % 5 == 0 ? 2 : 1) / 6 * 2;
        }).change < 2.5);
  // A square of 4 pixels, which goes 10 of them far.
  CHECK(look_of_pixels([&](int frame, int x, int y) {
          const bool is_thing = x >= 80 + frame / 4 && x < 84 + frame / 4 && y >= 60 && y < 64;
          return is_thing ? 220 : picture(x, y);
        }).change > 4);
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
