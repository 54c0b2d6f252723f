#include "engine/optim/layer_schedule.h"

#include "catch.h"
#include "engine/core/error.h"

using namespace c3d;

TEST_CASE("each layer below the classifier learns at a share of the rate above it") {
  CHECK(layer_rate_scale(0.5, 0) == 1);
  CHECK(layer_rate_scale(0.5, 1) == 0.5f);
  CHECK(layer_rate_scale(0.5, 3) == 0.125f);
  CHECK(layer_rate_scale(1, 10) == 1);
  CHECK_THROWS_AS(layer_rate_scale(0, 1), Error);
  CHECK_THROWS_AS(layer_rate_scale(1.5, 1), Error);
  CHECK_THROWS_AS(layer_rate_scale(0.5, -1), Error);
}

TEST_CASE("layers are unfrozen from the classifier down") {
  const GradualUnfreezing two_at_once{.every = 100, .at_start = 2};
  CHECK(trains_from(two_at_once, 0) == 0);
  CHECK(trains_from(two_at_once, 1) == 0);
  CHECK(trains_from(two_at_once, 2) == 100);
  CHECK(trains_from(two_at_once, 5) == 400);
  CHECK(trains_from({}, 9) == 0);
  CHECK_THROWS_AS(trains_from({.every = -1}, 0), Error);
  CHECK_THROWS_AS(trains_from({.every = 1, .at_start = 0}, 0), Error);
}

TEST_CASE("an average that warms up forgets the first steps soon") {
  CHECK(average_decay({.decay = 0.999}, 0) == 0.999);
  const AverageOptions warming{.decay = 0.999, .warms_up = true};
  CHECK(average_decay(warming, 0) == Approx(0.1));
  CHECK(average_decay(warming, 90) == Approx(0.91));
  CHECK(average_decay(warming, 100000) == 0.999);
  CHECK_THROWS_AS(average_decay({.decay = 1}, 0), Error);
}
