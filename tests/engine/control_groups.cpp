#include "engine/core/control_groups.h"

#include "catch.h"
#include "engine/core/usable_memory.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("the quota of a control group is the least of those around it") {
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

TEST_CASE("version 1 of control groups is read in containers too") {
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

TEST_CASE("files of control groups that say nothing limit nothing") {
  const ScratchFolder folder;
  CHECK(processor_quota(folder / "absent", folder / "fs") == 0);
  CHECK(processor_quota(folder.write("odd", "nonsense\n:\n0::\n"), folder / "fs") == 0);
}

TEST_CASE("the memory of a control group is the least of those around it") {
  const ScratchFolder folder;
  const auto groups = folder.write("cgroup", "0::/outer/inner\n4:memory:/old\n");
  CHECK(memory_limit(groups, folder / "fs") == 0);
  folder.write("fs/outer/inner/memory.max", "max\n");
  CHECK(memory_limit(groups, folder / "fs") == 0);
  folder.write("fs/outer/memory.max", "3000000\n");
  CHECK(memory_limit(groups, folder / "fs") == 3e6);
  folder.write("fs/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(memory_limit(groups, folder / "fs") == 3e6);
  folder.write("fs/memory/old/memory.limit_in_bytes", "2000000\n");
  CHECK(memory_limit(groups, folder / "fs") == 2e6);
  CHECK(usable_memory_bytes() > 1e8);
}

}  // namespace
}  // namespace c3d
