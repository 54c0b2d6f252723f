// Places values that live for a while into one block of memory so that no two that live at the same time
// overlap: greedy by size, first fit (the "greedy by size" of Pisarchyk and Lee, "Efficient Memory Management
// for Deep Neural Net Inference", 2020). A pure function.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace c3d {

struct Lifetime {
  std::size_t bytes = 0;
  int first_use = 0, last_use = 0;  // positions on the tape, both inclusive
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  // one for each lifetime
  std::size_t total_bytes = 0;
};

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes, std::size_t alignment_bytes = 256);

}  // namespace c3d
