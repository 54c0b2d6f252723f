#include "c3d/training/memory_need.h"

#include "catch.h"
#include "engine/core/control_groups.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

std::vector<MemoryPart> parts_of(const TrainSettings& settings, std::int64_t classes = 101,
                                 bool on_host = true) {
  C3dConfig network;
  network.classes = classes;
  return memory_parts(settings, network, 78e6 * settings.width * settings.width, 171 * 128, on_host);
}

}  // namespace

TEST_CASE("the default settings fit into a common machine") {
  CHECK_NOTHROW(expect_memory(parts_of({}), 16e9));
  CHECK_THROWS_WITH(expect_memory(parts_of({}), 0.5e9), Catch::Contains("may take 0.5 GB"));
}

TEST_CASE("what takes too much memory is named with its settings") {
  TrainSettings settings;
  settings.batch = 4096;
  CHECK_THROWS_WITH(expect_memory(parts_of(settings), 16e9), Catch::Contains("activations (batch 4096"));
  settings = {};
  settings.width = 8;
  CHECK_THROWS_WITH(expect_memory(parts_of(settings), 16e9), Catch::Contains("(width 8"));
  CHECK_NOTHROW(expect_memory(parts_of(settings, 101, false), 16e9));  // it is the device's
  settings = {};
  settings.report_every = 1'000'000;
  settings.accumulate = 4096;
  settings.batch = 4096;
  CHECK_THROWS_WITH(expect_memory(parts_of(settings), 16e9), Catch::Contains("(report_every 1000000"));
}

TEST_CASE("the arrays of adamw and of an average count as memory") {
  const auto bytes = [](const TrainSettings& settings) {
    double sum = 0;
    for (const MemoryPart& part : parts_of(settings)) sum += part.bytes;
    return sum;
  };
  TrainSettings settings;
  const double plain = bytes(settings);
  settings.optimizer = OptimizerRule::adamw;
  CHECK(bytes(settings) - plain == Approx(78e6 * 4));
  settings.ema = 0.9;
  CHECK(bytes(settings) - plain == Approx(2 * 78e6 * 4));
}

TEST_CASE("the memory that control groups leave is what a run may take") {
  const ScratchFolder folder;
  const auto groups = folder.write("cgroup", "0::/job\n");
  folder.write("fs/job/memory.max", "250000000\n");
  CHECK_THROWS_WITH(expect_memory(parts_of({}), memory_limit(groups, folder / "fs")),
                    Catch::Contains("this process may take 0.2 GB"));
}
