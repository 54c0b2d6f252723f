#include "engine/core/parallel_items.h"

#include <atomic>
#include <vector>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

TEST_CASE("every item is worked at once and counted") {
  for (const int threads : {1, 3}) {
    std::vector<std::atomic<int>> worked(50);
    std::vector<std::int64_t> said;
    for_each_item(
        50, threads, [&](std::int64_t item) { ++worked[static_cast<std::size_t>(item)]; },
        [&](std::int64_t done, std::int64_t count) {
          said.push_back(done);
          CHECK(count == 50);
        });
    for (const auto& times : worked) CHECK(times == 1);
    REQUIRE(said.size() == 51);
    for (std::int64_t i = 0; i <= 50; ++i) CHECK(said[static_cast<std::size_t>(i)] == i);
  }
  for_each_item(
      0, 2, [](std::int64_t) { FAIL("there is none"); }, nullptr);
}

TEST_CASE("an item that failed does not count, and no more begin") {
  std::vector<std::int64_t> said;
  const auto work = [](std::int64_t item) { expect(item < 2, "the disk is full"); };
  CHECK_THROWS_WITH(for_each_item(5, 1, work, [&](std::int64_t done, std::int64_t) { said.push_back(done); }),
                    Catch::Contains("the disk is full"));
  CHECK(said == std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("what watches the progress can end the work") {
  for (const int threads : {1, 3}) {
    std::atomic<int> worked = 0;
    const auto stop = [](std::int64_t done, std::int64_t) { expect(done < 4, "enough"); };
    CHECK_THROWS_WITH(for_each_item(
                          1000, threads, [&](std::int64_t) { ++worked; }, stop),
                      Catch::Contains("enough"));
    CHECK(worked < 4 + threads);
  }
}

}  // namespace
}  // namespace c3d
