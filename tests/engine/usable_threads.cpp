#include "engine/core/usable_threads.h"

#include <sched.h>

#include "catch.h"
#include "tests/support/environment.h"

namespace c3d {
namespace {

TEST_CASE("OpenMP's variable and the processors allowed are obeyed") {
  EnvironmentVariable variable("OMP_NUM_THREADS", "3,2");
  CHECK(usable_threads() == 3);
  cpu_set_t own;
  REQUIRE(sched_getaffinity(0, sizeof(own), &own) == 0);
  CHECK(usable_processors() <= CPU_COUNT(&own));
  variable.set("1");
  const int processors = usable_processors();
  variable.set("");
  CHECK(usable_processors() == processors);
  variable.set("99999999");
  CHECK(usable_threads() <= kMostThreads);
  for (const char* none : {"0", "", "many", "-2"}) {
    variable.set(none);
    cpu_set_t all, one;
    REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
    CHECK(usable_threads() >= 1);
    CHECK(usable_threads() <= CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
      if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
    }
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    CHECK(usable_threads() == 1);
    REQUIRE(sched_setaffinity(0, sizeof(all), &all) == 0);
  }
}

}  // namespace
}  // namespace c3d
