// How the loops of this folder use threads: a range is cut into pieces whose bounds depend on the range
// alone, so the results of a loop do not depend on the number of threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// A piece of a loop over single elements: some 10 microseconds of memory traffic.
inline constexpr std::int64_t kPieceElements = 32768;

// body(first, last) for each piece of [0, count), on `threads` threads. The body must not throw.
template <typename Body>
void parallel_pieces(int threads, std::int64_t count, std::int64_t piece, const Body& body) {
  const std::int64_t pieces = (count + piece - 1) / piece;
  WorkShares<void> shares;
#pragma omp parallel num_threads(threads) if (pieces > 1)
  {
    WorkShares<void>::StealingRange work(shares, omp_get_thread_num(), omp_get_num_threads());
    work.run(pieces, [&](std::int64_t i) { body(i * piece, std::min(count, (i + 1) * piece)); });
  }
}

}  // namespace c3d::cpu
