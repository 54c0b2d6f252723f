// How the loops of this folder use threads: a range is cut into pieces whose bounds depend on the range
// alone, so the results of a loop do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace c3d::cpu {

// body(first, last) for each piece of [0, count), on `threads` threads. The body must not throw.
template <typename Body>
void parallel_pieces(int threads, std::int64_t count, std::int64_t piece, const Body& body) {
  const std::int64_t pieces = (count + piece - 1) / piece;
#pragma omp parallel for num_threads(threads) schedule(static) if (pieces > 1)
  for (std::int64_t i = 0; i < pieces; ++i) body(i * piece, std::min(count, (i + 1) * piece));
}

}  // namespace c3d::cpu
