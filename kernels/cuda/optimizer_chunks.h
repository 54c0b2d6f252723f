// How the ranges of a parameter update are dealt to blocks: each range is cut into chunks, a block takes one,
// and one launch serves many ranges. A chunk begins at a whole pack, at or before its range's first element.
// Constexpr, so that the host's tests can walk it.
#pragma once

#include <cstdint>

#include "engine/core/optimizer_rule.h"

namespace c3d::cuda {

inline constexpr int kUpdatePack = 4, kUpdateThreads = 256, kUpdatePacksOfThread = 4;
inline constexpr std::int64_t kUpdatePacksOfChunk = kUpdateThreads * kUpdatePacksOfThread;
inline constexpr int kUpdateRanges = 64;  // of one launch: they travel as its argument

struct UpdateChunks {
  OptimizerRange range[kUpdateRanges];
  std::uint32_t end[kUpdateRanges];  // chunks of this range and those before it
  int range_count;
};
constexpr UpdateChunks update_chunks_of(const OptimizerRange* ranges, std::int64_t range_count) {
  UpdateChunks chunks{};
  chunks.range_count = static_cast<int>(range_count);
  std::int64_t end = 0;
  for (std::int64_t i = 0; i < range_count; ++i) {
    const std::int64_t first = ranges[i].first / kUpdatePack,
                       last = (ranges[i].last + kUpdatePack - 1) / kUpdatePack;
    if (ranges[i].first < ranges[i].last)
      end += (last - first + kUpdatePacksOfChunk - 1) / kUpdatePacksOfChunk;
    chunks.range[i] = ranges[i];
    chunks.end[i] = static_cast<std::uint32_t>(end);
  }
  return chunks;
}

struct UpdateChunk {
  OptimizerRange range;
  std::int64_t first_pack;
};
constexpr UpdateChunk chunk_of(const UpdateChunks& chunks, std::uint32_t number) {
  int i = 0;
  while (number >= chunks.end[i]) ++i;
  const std::uint32_t in_range = number - (i > 0 ? chunks.end[i - 1] : 0);
  return {chunks.range[i], chunks.range[i].first / kUpdatePack + in_range * kUpdatePacksOfChunk};
}

}  // namespace c3d::cuda
