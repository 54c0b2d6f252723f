#include "c3d/report/axis.h"
#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("an axis steps by one, two or five times a power of ten") {
  const Axis axis = make_axis(0, 0.97, 5, true);
  CHECK(axis.step == Approx(0.2));
  CHECK(axis.from == Approx(0));
  CHECK(axis.to == Approx(1));
  REQUIRE(axis.ticks.size() == 6);
  CHECK(axis.ticks[3] == Approx(0.6));
}

TEST_CASE("an axis that is not widened keeps its ends and has ticks inside only") {
  const Axis axis = make_axis(1, 12, 6, false);
  CHECK(axis.from == Approx(1));
  CHECK(axis.to == Approx(12));
  REQUIRE(axis.ticks.size() == 6);
  CHECK(axis.ticks.front() == Approx(2));
  CHECK(axis.ticks.back() == Approx(12));
  CHECK(axis.share(6.5) == Approx(0.5));
}

TEST_CASE("an axis over an empty range is one unit long") {
  const Axis axis = make_axis(3, 3, 5, false);
  CHECK(axis.to - axis.from == Approx(1));
}

TEST_CASE("tick labels carry the digits that tell neighbours apart") {
  CHECK(tick_label(0.4, 0.2) == "0.4");
  CHECK(tick_label(0.25, 0.05) == "0.25");
  CHECK(tick_label(10, 5) == "10");
  CHECK(tick_label(12000, 2000) == "12k");
  CHECK(tick_label(0, 0.2) == "0");
}

}  // namespace
}  // namespace c3d
