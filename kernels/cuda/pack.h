// What the kernels of this folder share: packs of elements that are read and written as one access of up to
// 16 bytes, and how the rows of a tensor and the packs of a row are dealt to threads. Constexpr and plain
// C++, so that the host's tests run the same code. No state.
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/core/bfloat16.h"
#include "engine/core/float8.h"

namespace c3d::cuda {

template <typename T>
inline constexpr int kPackSize = 16 / sizeof(T);  // elements of a 16-byte access

template <typename T, int Size>
struct alignas(sizeof(T) * Size < 16 ? sizeof(T) * Size : 16) Pack {
  T at[Size];
};

template <typename T>
constexpr T from_float(float value) {
  if constexpr (std::is_same_v<T, float>) {
    return value;
  } else if constexpr (std::is_same_v<T, Float8E4M3>) {
    return to_e4m3(value);
  } else {
    return to_bfloat16(value);
  }
}

// Rows of `packs` packs each. A block is `lanes` x `rows` threads: a lane keeps its pack of the row, and so
// can sum over rows; threads step over rows by blocks x rows. `sides` blocks stand side by side where a row
// is longer than the lanes.
struct RowLayout {
  std::uint32_t lanes, rows, blocks, sides;
};
constexpr RowLayout row_layout(std::int64_t row_count, std::int64_t packs, std::uint32_t threads,
                               std::int64_t max_blocks) {
  constexpr std::uint32_t kMostLanes = 32;
  std::uint32_t lanes = 1;
  while (lanes < kMostLanes && lanes < packs) lanes *= 2;
  const std::uint32_t rows = threads / lanes;
  const std::int64_t sides = (packs + lanes - 1) / lanes;
  const std::int64_t wanted = (row_count + rows - 1) / rows, allowed = max_blocks / sides;
  const std::int64_t least = wanted < allowed ? wanted : allowed, blocks = least > 1 ? least : 1;
  return {lanes, rows, static_cast<std::uint32_t>(blocks), static_cast<std::uint32_t>(sides)};
}
static_assert(row_layout(1000, 8, 512, 200).lanes == 8 && row_layout(1000, 8, 512, 200).blocks == 16);
static_assert(row_layout(1 << 20, 64, 512, 200).sides == 2 &&
              row_layout(1 << 20, 64, 512, 200).blocks == 100);

}  // namespace c3d::cuda
