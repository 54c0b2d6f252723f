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

TEST_CASE("time_stamps_that_rise_say_when_a_frame_is_shown") {
  const FrameTimes times = times_of(30, {0, 0.1, 0.5, 0.9});
  CHECK(times.frames() == 4);
  CHECK(times.start(2) == 0.5);
  CHECK(times.duration() == Approx(1.2));  // the last frame lasts as long as the others on average
  CHECK(times.mean_fps() == Approx(3 / 0.9));
}

TEST_CASE("time_stamps_that_do_not_rise_or_are_missing_leave_the_frame_rate") {
  const std::vector<double> stamps =
      GENERATE(std::vector<double>{0, 0.2, 0.1, 0.3}, std::vector<double>{0, 0.1, 0.1, 0.2},
               std::vector<double>{0, -1, 0.1, 0.2}, std::vector<double>{-1, -1, -1, -1});
  const FrameTimes times = times_of(20, stamps);
  CHECK(times.start(3) == 0.15);
  CHECK(times.duration() == 0.2);
  CHECK(times.mean_fps() == 20);
}

TEST_CASE("a_single_frame_lasts_as_the_rate_says") { CHECK(times_of(10, {0}).duration() == Approx(0.1)); }

TEST_CASE("without_stamps_and_rate_times_are_unknown") {
  const FrameTimes times = times_of(0, {-1, -1});
  CHECK(!times.known());
  CHECK(times.duration() == 0);
  CHECK(times_of(25, {-1}).known());
}

}  // namespace
}  // namespace c3d
