#include "engine/autograd/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "engine/core/error.h"

namespace c3d {
namespace {

std::size_t round_up(std::size_t bytes, std::size_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

bool overlap_in_time(const Lifetime& a, const Lifetime& b) {
  return a.first_use <= b.last_use && b.first_use <= a.last_use;
}

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes, std::size_t alignment_bytes) {
  expect(alignment_bytes > 0, "memory plan: an alignment of 0 bytes");
  std::vector<std::size_t> by_size(lifetimes.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });

  MemoryPlan plan;
  plan.offsets.resize(lifetimes.size(), 0);
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t index : by_size) {
    const Lifetime& wanted = lifetimes[index];
    expect(wanted.first_use <= wanted.last_use, "memory plan: a lifetime ends at {} before it begins at {}",
           wanted.last_use, wanted.first_use);
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      if (!overlap_in_time(wanted, lifetimes[other])) continue;
      if (offset + wanted.bytes <= plan.offsets[other]) break;  // fits into the gap before it
      offset = std::max(offset, round_up(plan.offsets[other] + lifetimes[other].bytes, alignment_bytes));
    }
    plan.offsets[index] = offset;
    plan.total_bytes = std::max(plan.total_bytes, round_up(offset + wanted.bytes, alignment_bytes));
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), index,
                         [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
        index);
  }
  return plan;
}

}  // namespace c3d
