// How ranks share batches: of each group of batches that follow each other (those of a step) every rank has a row without
// gaps, the ranks one after the other, the first of them one batch more where the number leaves a rest.
#pragma once

#include <algorithm>
#include <cstdint>

namespace c3d {

struct BatchRange {
  std::int64_t first = 0, last = 0;  // last: one past the end
  std::int64_t count() const { return last - first; }
};

// Of a group of `batches`, counted from its first.
constexpr BatchRange share_of(std::int64_t batches, int ranks, int rank) {
  const std::int64_t each = batches / ranks, rest = batches % ranks;
  const std::int64_t first = rank * each + std::min<std::int64_t>(rank, rest);
  return {first, first + each + (rank < rest ? 1 : 0)};
}

struct BatchShare {
  std::int64_t group = 1;  // batches
  int rank = 0, ranks = 1;

  bool has(std::int64_t batch, std::int64_t batches_of_epoch) const {
    const std::int64_t at = batch % group, begin = batch - at;
    const BatchRange mine = share_of(std::min(group, batches_of_epoch - begin), ranks, rank);
    return at >= mine.first && at < mine.last;
  }
};

}  // namespace c3d
