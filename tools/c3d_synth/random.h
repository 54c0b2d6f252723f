// A stream of random numbers from Philox: the same for (seed, stream) on every machine, unlike the
// distributions of the standard library.
#pragma once

#include <cstdint>

#include "engine/core/philox.h"

namespace c3d {

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  double uniform() {  // [0, 1)
    if (drawn_ % 4 == 0) block_ = philox(seed_, drawn_ / 4, stream_);
    return uniform_float(block_.word[drawn_++ % 4]);
  }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(uniform() * count); }
  double sign() { return uniform() < 0.5 ? -1 : 1; }

 private:
  std::uint64_t seed_, stream_, drawn_ = 0;
  PhiloxBlock block_{};
};

}  // namespace c3d
