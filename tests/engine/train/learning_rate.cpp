#include "engine/optim/learning_rate.h"

#include "catch.h"
#include "engine/core/error.h"

using c3d::learning_rate;
using c3d::Schedule;
using c3d::ScheduleKind;

TEST_CASE("a constant schedule stays") {
  const Schedule schedule{.kind = ScheduleKind::constant, .rate = 0.3};
  for (const int step : {0, 1, 1000}) CHECK(learning_rate(schedule, step) == 0.3);
}

TEST_CASE("a step schedule falls by gamma after each so many steps") {
  const Schedule schedule{.kind = ScheduleKind::step, .rate = 1, .every = 10, .gamma = 0.1};
  CHECK(learning_rate(schedule, 9) == Approx(1));
  CHECK(learning_rate(schedule, 10) == Approx(0.1));
  CHECK(learning_rate(schedule, 19) == Approx(0.1));
  CHECK(learning_rate(schedule, 20) == Approx(0.01));
}

TEST_CASE("a multistep schedule falls at its milestones") {
  const Schedule schedule{.kind = ScheduleKind::multistep, .rate = 2, .milestones = {5, 7, 30}, .gamma = 0.5};
  CHECK(learning_rate(schedule, 4) == Approx(2));
  CHECK(learning_rate(schedule, 5) == Approx(1));
  CHECK(learning_rate(schedule, 7) == Approx(0.5));
  CHECK(learning_rate(schedule, 29) == Approx(0.5));
  CHECK(learning_rate(schedule, 30) == Approx(0.25));
}

TEST_CASE("a cosine schedule runs from the rate to the final rate") {
  const Schedule schedule{.kind = ScheduleKind::cosine, .rate = 1, .total_steps = 100, .final_rate = 0.2};
  CHECK(learning_rate(schedule, 0) == Approx(1));
  CHECK(learning_rate(schedule, 25) == Approx(0.2 + 0.4 * (1 + 0.70710678)));
  CHECK(learning_rate(schedule, 50) == Approx(0.6));
  CHECK(learning_rate(schedule, 100) == Approx(0.2));
  CHECK(learning_rate(schedule, 1000) == Approx(0.2));
}

TEST_CASE("every schedule grows linearly while it warms up") {
  for (const ScheduleKind kind :
       {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::multistep, ScheduleKind::cosine}) {
    const Schedule schedule{
        .kind = kind, .rate = 0.5, .total_steps = 100, .warmup_steps = 5, .every = 50, .milestones = {50}};
    CHECK(learning_rate(schedule, 0) == Approx(0.1));
    CHECK(learning_rate(schedule, 3) == Approx(0.4));
    CHECK(learning_rate(schedule, 4) == Approx(0.5));
    CHECK(learning_rate(schedule, 5) == Approx(0.5));
  }
}

TEST_CASE("a warm up longer than the run only warms up") {
  const Schedule schedule{.kind = ScheduleKind::cosine, .rate = 1, .total_steps = 4, .warmup_steps = 10};
  CHECK(learning_rate(schedule, 3) == Approx(0.4));
}

TEST_CASE("a schedule without its steps is refused") {
  CHECK_THROWS_AS(learning_rate({.kind = ScheduleKind::step}, 0), c3d::Error);
  CHECK_THROWS_AS(learning_rate({.kind = ScheduleKind::multistep, .milestones = {7, 5}}, 0), c3d::Error);
}
