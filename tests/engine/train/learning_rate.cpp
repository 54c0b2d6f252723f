#include "engine/optim/learning_rate.h"

#include "catch.h"
#include "engine/core/error.h"

using c3d::learning_rate;
using c3d::Schedule;
using c3d::ScheduleKind;

TEST_CASE("a_constant_schedule_stays") {
  const Schedule schedule{.kind = ScheduleKind::constant, .rate = 0.3};
  for (const int step : {0, 1, 1000}) CHECK(learning_rate(schedule, step) == 0.3);
}

TEST_CASE("a_step_schedule_falls_by_gamma_after_each_so_many_steps") {
  const Schedule schedule{.kind = ScheduleKind::step, .rate = 1, .every = 10, .gamma = 0.1};
  CHECK(learning_rate(schedule, 9) == Approx(1));
  CHECK(learning_rate(schedule, 10) == Approx(0.1));
  CHECK(learning_rate(schedule, 19) == Approx(0.1));
  CHECK(learning_rate(schedule, 20) == Approx(0.01));
}

TEST_CASE("a_multistep_schedule_falls_at_its_milestones") {
  const Schedule schedule{.kind = ScheduleKind::multistep, .rate = 2, .milestones = {5, 7, 30}, .gamma = 0.5};
  CHECK(learning_rate(schedule, 4) == Approx(2));
  CHECK(learning_rate(schedule, 5) == Approx(1));
  CHECK(learning_rate(schedule, 7) == Approx(0.5));
  CHECK(learning_rate(schedule, 29) == Approx(0.5));
  CHECK(learning_rate(schedule, 30) == Approx(0.25));
}

TEST_CASE("a_cosine_schedule_runs_from_the_rate_to_the_final_rate") {
  const Schedule schedule{.kind = ScheduleKind::cosine, .rate = 1, .total_steps = 100, .final_rate = 0.2};
  CHECK(learning_rate(schedule, 0) == Approx(1));
  CHECK(learning_rate(schedule, 25) == Approx(0.2 + 0.4 * (1 + 0.70710678)));
  CHECK(learning_rate(schedule, 50) == Approx(0.6));
  CHECK(learning_rate(schedule, 100) == Approx(0.2));
  CHECK(learning_rate(schedule, 1000) == Approx(0.2));
}

TEST_CASE("every_schedule_grows_linearly_while_it_warms_up") {
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

TEST_CASE("a_warm_up_longer_than_the_run_only_warms_up") {
  const Schedule schedule{.kind = ScheduleKind::cosine, .rate = 1, .total_steps = 4, .warmup_steps = 10};
  CHECK(learning_rate(schedule, 3) == Approx(0.4));
}

TEST_CASE("a_schedule_without_its_steps_is_refused") {
  CHECK_THROWS_AS(learning_rate({.kind = ScheduleKind::step}, 0), c3d::Error);
  CHECK_THROWS_AS(learning_rate({.kind = ScheduleKind::multistep, .milestones = {7, 5}}, 0), c3d::Error);
}
