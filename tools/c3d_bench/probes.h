// Loops that do nothing but multiply, or nothing but move bytes: what they reach is the machine's ceiling.
#pragma once

#include "tools/c3d_bench/ceilings.h"
#include "tools/c3d_bench/stopwatch.h"

namespace c3d {

// Borrows all it is given.
class Probes {
 public:
  Probes(Backend& backend, const Stopwatch& stopwatch, Ceilings& ceilings)
      : backend_(backend), stopwatch_(stopwatch), ceilings_(ceilings) {}

  // Multiply-adds out of registers, where the backend has such a loop: some milliseconds. A processor's clock
  // rises and falls, so that this is done again between ops.
  void registers();
  // Products of square matrices as large as take some fiftieth of a second at most, up to 8192, where the
  // backend has no loop of registers: what its library makes of the shape that suits it best.
  void products();
  // Reading and copying, in blocks of 256 KiB to 1 GiB.
  void memory();

 private:
  DType type() const { return compute_type(backend_.precision()); }

  Backend& backend_;
  const Stopwatch& stopwatch_;
  Ceilings& ceilings_;
  bool has_registers_ = false;
};

}  // namespace c3d
