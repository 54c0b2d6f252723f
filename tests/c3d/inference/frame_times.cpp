#include "c3d/inference/frame_times.h"
#include "catch.h"

namespace c3d {
namespace {

FrameTimes times_of(double fps, const std::vector<double>& stamps) {
  FrameTimes times;
  times.set_fps(fps);
  for (const double stamp : stamps) times.add(stamp);
  return times;
}

TEST_CASE("time stamps that rise say when a frame is shown") {
  const FrameTimes times = times_of(30, {0, 0.1, 0.5, 0.9});
  CHECK(times.frames() == 4);
  CHECK(times.start(2) == 0.5);
  CHECK(times.duration() == Approx(1.2));  // the last frame lasts as long as the others on average
  CHECK(times.mean_fps() == Approx(3 / 0.9));
}

TEST_CASE("time stamps that do not rise or are missing leave the frame rate") {
  const std::vector<double> stamps =
      GENERATE(std::vector<double>{0, 0.2, 0.1, 0.3}, std::vector<double>{0, 0.1, 0.1, 0.2},
               std::vector<double>{0, -1, 0.1, 0.2}, std::vector<double>{-1, -1, -1, -1});
  const FrameTimes times = times_of(20, stamps);
  CHECK(times.start(3) == 0.15);
  CHECK(times.duration() == 0.2);
  CHECK(times.mean_fps() == 20);
}

TEST_CASE("a single frame lasts as the rate says") { CHECK(times_of(10, {0}).duration() == Approx(0.1)); }

TEST_CASE("without stamps and rate times are unknown") {
  const FrameTimes times = times_of(0, {-1, -1});
  CHECK(!times.known());
  CHECK(times.duration() == 0);
  CHECK(times_of(25, {-1}).known());
}

}  // namespace
}  // namespace c3d
