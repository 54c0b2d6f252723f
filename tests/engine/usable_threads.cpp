#include "engine/core/usable_threads.h"

#include <sched.h>

#include <cstdlib>

#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("the_quota_of_a_control_group_is_the_least_of_those_around_it") {
  const ScratchFolder folder;
  const auto groups = folder.write("cgroup", "0::/outer/inner\n");
  CHECK(processor_quota(groups, folder / "fs") == 0);
  folder.write("fs/outer/inner/cpu.max", "max 100000\n");
  CHECK(processor_quota(groups, folder / "fs") == 0);
  folder.write("fs/outer/cpu.max", "150000 100000\n");
  CHECK(processor_quota(groups, folder / "fs") == 1.5);
  folder.write("fs/cpu.max", "50000 100000\n");
  CHECK(processor_quota(groups, folder / "fs") == 0.5);
}

TEST_CASE("version_1_of_control_groups_is_read_in_containers_too") {
  const ScratchFolder folder;
  const auto groups = folder.write("cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/12ab\n1:cpuset:/\n");
  folder.write("fs/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  folder.write("fs/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(processor_quota(groups, folder / "fs") == 0);
  folder.write("fs/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
  CHECK(processor_quota(groups, folder / "fs") == 2);
  folder.write("fs/cpu,cpuacct/docker/12ab/cpu.cfs_quota_us", "100000\n");
  folder.write("fs/cpu,cpuacct/docker/12ab/cpu.cfs_period_us", "100000\n");
  CHECK(processor_quota(groups, folder / "fs") == 1);
}

TEST_CASE("files_of_control_groups_that_say_nothing_limit_nothing") {
  const ScratchFolder folder;
  CHECK(processor_quota(folder / "absent", folder / "fs") == 0);
  CHECK(processor_quota(folder.write("odd", "nonsense\n:\n0::\n"), folder / "fs") == 0);
}

TEST_CASE("openmps_variable_and_the_processors_allowed_are_obeyed") {
  const char* const before = std::getenv("OMP_NUM_THREADS");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("OMP_NUM_THREADS", "3,2", 1);
  CHECK(usable_threads() == 3);
  ::setenv("OMP_NUM_THREADS", "99999999", 1);
  CHECK(usable_threads() <= kMostThreads);
  for (const char* none : {"0", "", "many", "-2"}) {
    ::setenv("OMP_NUM_THREADS", none, 1);
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
  if (before == nullptr) {
    ::unsetenv("OMP_NUM_THREADS");
  } else {
    ::setenv("OMP_NUM_THREADS", kept.c_str(), 1);
  }
}

}  // namespace
}  // namespace c3d
