// The inner loops of resizing and of turning Y'CbCr into RGB: element by element over rows, compiled for
// several instruction sets, whose results are the same. Outputs must not overlap inputs. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace c3d {

// The bytes of up to eight pairs, which stand in 16 bytes of a row: a processor that can shuffle bytes takes
// one load, one shuffle and one store for them.
struct ByteWindow {
  static constexpr int kBytes = 16, kPairs = kBytes / 2;
  std::int32_t from = 0, to = 0;            // its first byte in the row, its first pair of the result
  std::array<std::uint8_t, kBytes> pick{};  // low and high of each pair; zeros after the last
};

struct PixelLoops {
  // out: low + 256 high of each pair, at its window's place; whole windows are written.
  void (*pick_bytes)(const std::uint8_t* row, std::span<const ByteWindow> windows,
                     std::uint16_t* out) = nullptr;

  // ColumnTap's formula: from two bytes to 1/128 of a level.
  void (*stretch_row)(const std::uint8_t* near, const std::uint8_t* far, const std::int16_t* weights,
                      std::int16_t* out, std::size_t count) = nullptr;

  // RowTap's formula: from 1/128 of a level to bytes.
  void (*blend_rows)(const std::int16_t* above, const std::int16_t* below, std::int16_t above_weight,
                     std::int16_t below_weight, std::uint8_t* out, std::size_t count) = nullptr;

  // (8 sample - offset) * factor >> 16 of the low and of the high byte of each pair.
  void (*scale_pairs)(const std::uint16_t* pairs, std::int16_t offset, std::int16_t factor, std::int16_t* low,
                      std::int16_t* high, std::size_t count) = nullptr;

  // The same, added to what low and high hold.
  void (*add_scaled_pairs)(const std::uint16_t* pairs, std::int16_t offset, std::int16_t factor,
                           std::int16_t* low, std::int16_t* high, std::size_t count) = nullptr;

  // One colour, luma + chroma within 0 and 255 of the near and of the far pixel, and ColumnTap's formula.
  void (*stretch_colour)(const std::int16_t* near_luma, const std::int16_t* far_luma,
                         const std::int16_t* near_chroma, const std::int16_t* far_chroma,
                         const std::int16_t* weights, std::int16_t* out, std::size_t count) = nullptr;

  // Three planes to pixels of three bytes, out [count,3].
  void (*interleave)(const std::uint8_t* red, const std::uint8_t* green, const std::uint8_t* blue,
                     std::uint8_t* out, std::size_t count) = nullptr;
};

// Those this processor runs, the fastest first; never empty, the last are for any processor.
std::vector<const PixelLoops*> usable_pixel_loops();
const PixelLoops& fastest_pixel_loops();

// Of one set each; only a processor that runs it may call what is in them.
const PixelLoops& portable_pixel_loops();
const PixelLoops& avx2_pixel_loops();
const PixelLoops& avx512_pixel_loops();
const PixelLoops& neon_pixel_loops();

}  // namespace c3d
