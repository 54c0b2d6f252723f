// Random choices of a test, the same on every machine.
#pragma once

#include <cstdint>

#include "engine/core/philox.h"

namespace c3d {

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}

  // first .. last
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(word() % static_cast<std::uint64_t>(last - first + 1));
  }
  // Mean 0, standard deviation 1: four uniform numbers.
  float normal() {
    const PhiloxBlock block = philox(seed_, count_++, 1);
    float sum = -2;
    for (const std::uint32_t bits : block.word) sum += uniform_float(bits);
    return sum * 1.7320508f;
  }
  std::uint32_t word() { return philox(seed_, count_++, 0).word[0]; }

 private:
  std::uint64_t seed_, count_ = 0;
};

}  // namespace c3d
