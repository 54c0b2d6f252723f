#include "c3d/training/time_budget.h"

#include <cmath>
#include <vector>

#include "catch.h"

using namespace c3d;

namespace {

constexpr SessionSpeed kSpeed{
    .step = 0.5, .evaluation = 4, .snapshot = 0.1, .epoch_steps = 5, .usual_steps = 1200};

// A device on which a network of width 1 takes `slowest` seconds a step, and trials take no time.
struct Machine {
  double slowest, seconds;
  std::vector<double> tried = {};

  TimeSource time() {
    return {[this] { return seconds; },
            [this](const TrainSettings& settings, double) {
              tried.push_back(settings.width);
              SessionSpeed speed = kSpeed;
              speed.step = slowest * std::pow(settings.width, 1.5);
              return speed;
            }};
  }
};

TrainSettings minutes(double count) {
  TrainSettings settings;
  settings.minutes = count;
  return settings;
}

}  // namespace

TEST_CASE("as many steps fit as end in time") {
  for (const double seconds : {100.0, 617.3, 1200.0}) {
    const std::int64_t steps = steps_within({}, kSpeed, seconds);
    CHECK(run_seconds({}, kSpeed, steps) <= seconds);
    CHECK(run_seconds({}, kSpeed, steps + 40) > seconds);
  }
  CHECK(steps_within({}, kSpeed, 0) == 5);       // an epoch
  CHECK(steps_within({}, kSpeed, 1e9) == 5000);  // a thousand
  TrainSettings often;
  often.validate_every = 2;
  CHECK(steps_within(often, kSpeed, 600) < steps_within({}, kSpeed, 600) / 3);
}

TEST_CASE("the widest network is taken that the time allows a run of the usual length") {
  struct Case {
    double slowest;  // seconds a step
    double width;
  };
  for (const Case& c : {Case{0.1, 1}, Case{1.5, 0.5}, Case{4, 0.25}, Case{100, 0.125}}) {
    Machine machine{.slowest = c.slowest, .seconds = 1200};
    TrainSettings settings = minutes(20);
    const std::string text = fit_to_time(settings, true, machine.time());
    INFO(text);
    CHECK(settings.width == c.width);
    const double needed = run_seconds(settings, machine.time().measure(settings, 1), settings.steps);
    CHECK(needed <= 1200);
    CHECK((c.width == 0.125 || settings.steps >= kSpeed.usual_steps));
    CHECK_THAT(text, Catch::StartsWith("20 minutes: C3D of width ") && Catch::Contains("steps"));
  }
}

TEST_CASE("a width that is set is the only one tried") {
  Machine machine{.slowest = 4, .seconds = 1200};
  TrainSettings settings = minutes(20);
  settings.width = 0.3;
  fit_to_time(settings, false, machine.time());
  CHECK(machine.tried == std::vector<double>{0.3});
  CHECK(settings.width == 0.3);
}

TEST_CASE("time that is left does not make more epochs than are set") {
  Machine machine{.slowest = 0.1, .seconds = 1200};
  TrainSettings settings = minutes(20);
  settings.epochs = kSpeed.usual_steps / kSpeed.epoch_steps;
  const std::string text = fit_to_time(settings, false, machine.time());
  INFO(text);
  CHECK(settings.steps == kSpeed.usual_steps);
  CHECK(settings.epochs == 0);
  machine.slowest = 2;
  settings = minutes(20);
  settings.epochs = kSpeed.usual_steps / kSpeed.epoch_steps;
  fit_to_time(settings, false, machine.time());
  CHECK(settings.steps < 600);
}

TEST_CASE("networks that cannot fit are not tried") {
  Machine machine{.slowest = 100, .seconds = 1200};
  TrainSettings settings = minutes(20);
  fit_to_time(settings, true, machine.time());
  CHECK(machine.tried == std::vector<double>{0.125});
}

TEST_CASE("too little time is said and makes an epoch") {
  Machine machine{.slowest = 100, .seconds = 2};
  TrainSettings settings = minutes(0.1);
  CHECK_THAT(fit_to_time(settings, true, machine.time()), Catch::Contains("too few"));
  CHECK(settings.steps == 5);
  machine.seconds = 600;
  settings = minutes(10);
  CHECK_THAT(fit_to_time(settings, true, machine.time()), Catch::Contains("1200 steps are usual"));
}
