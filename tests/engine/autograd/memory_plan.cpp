#include "engine/autograd/memory_plan.h"

#include "catch.h"
#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

bool collide(const Lifetime& a, std::size_t a_offset, const Lifetime& b, std::size_t b_offset) {
  const bool in_time = a.first_use <= b.last_use && b.first_use <= a.last_use;
  const bool in_space = a_offset < b_offset + b.bytes && b_offset < a_offset + a.bytes;
  return in_time && in_space && a.bytes > 0 && b.bytes > 0;
}

TEST_CASE("plan_memory reuses the bytes of what is dead") {
  const std::vector<Lifetime> chain{{100, 0, 1}, {100, 1, 2}, {100, 2, 3}, {100, 3, 4}};
  const MemoryPlan plan = plan_memory(chain, 4);
  CHECK(plan.total_bytes == 200);
  CHECK(plan.offsets[0] == plan.offsets[2]);
  CHECK(plan.offsets[1] == plan.offsets[3]);
}

TEST_CASE("plan_memory never lets two living values overlap") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<Lifetime> lifetimes;
    for (std::uint64_t i = 0; i < 40; ++i) {
      const PhiloxBlock draw = philox(seed, i, 0);
      const int first = static_cast<int>(draw.word[1] % 30);
      lifetimes.push_back({draw.word[0] % 5000, first, first + static_cast<int>(draw.word[2] % 8)});
    }
    const MemoryPlan plan = plan_memory(lifetimes);
    for (std::size_t a = 0; a < lifetimes.size(); ++a) {
      CHECK(plan.offsets[a] % 256 == 0);
      CHECK(plan.offsets[a] + lifetimes[a].bytes <= plan.total_bytes);
      for (std::size_t b = a + 1; b < lifetimes.size(); ++b) {
        CHECK_FALSE(collide(lifetimes[a], plan.offsets[a], lifetimes[b], plan.offsets[b]));
      }
    }
  }
}

TEST_CASE("plan_memory fills a gap between two living values") {
  const std::vector<Lifetime> lifetimes{{300, 0, 9}, {200, 0, 4}, {100, 0, 9}, {200, 5, 9}};
  CHECK(plan_memory(lifetimes, 1).total_bytes == 600);
}

TEST_CASE("plan_memory refuses a lifetime that ends before it begins") {
  const std::vector<Lifetime> backwards{{4, 3, 2}};
  CHECK_THROWS_AS(plan_memory(backwards), Error);
}

}  // namespace
}  // namespace c3d
