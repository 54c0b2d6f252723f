// How the ranges of a parameter update are dealt to blocks: each range is cut into chunks, a block takes one,
// and one launch serves many ranges. A chunk begins at a whole pack, at or before its range's first element.
// Constexpr, so that the host's tests can walk it.
#pragma once

#include <cstdint>

#include "kernels/cuda/launch.h"

namespace c3d::cuda {

inline constexpr int kSgdPack = 4, kSgdThreads = 256, kSgdPacksOfThread = 4;
inline constexpr std::int64_t kSgdPacksOfChunk = kSgdThreads * kSgdPacksOfThread;
inline constexpr int kSgdRanges = 64;  // of one launch: they travel as its argument

struct SgdChunks {
  ScaledRange range[kSgdRanges];
  std::uint32_t end[kSgdRanges];  // chunks of this range and those before it
  int range_count;
};
constexpr SgdChunks sgd_chunks_of(const ScaledRange* ranges, std::int64_t range_count) {
  SgdChunks chunks{};
  chunks.range_count = static_cast<int>(range_count);
  std::int64_t end = 0;
  for (std::int64_t i = 0; i < range_count; ++i) {
    const std::int64_t first = ranges[i].first / kSgdPack, last = (ranges[i].last + kSgdPack - 1) / kSgdPack;
    if (ranges[i].first < ranges[i].last) end += (last - first + kSgdPacksOfChunk - 1) / kSgdPacksOfChunk;
    chunks.range[i] = ranges[i];
    chunks.end[i] = static_cast<std::uint32_t>(end);
  }
  return chunks;
}

struct SgdChunk {
  ScaledRange range;
  std::int64_t first_pack;
};
constexpr SgdChunk chunk_of(const SgdChunks& chunks, std::uint32_t number) {
  int i = 0;
  while (number >= chunks.end[i]) ++i;
  const std::uint32_t in_range = number - (i > 0 ? chunks.end[i - 1] : 0);
  return {chunks.range[i], chunks.range[i].first / kSgdPack + in_range * kSgdPacksOfChunk};
}

}  // namespace c3d::cuda
