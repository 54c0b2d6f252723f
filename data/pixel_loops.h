// The inner loops of resizing and of turning Y'CbCr into RGB: element by element over rows, compiled for
// several instruction sets, of which the processor's best is taken. Outputs must not overlap inputs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace c3d {

// ColumnTap's formula: from two bytes to 1/128 of a level.
void stretch_row(const std::uint8_t* near, const std::uint8_t* far, const std::int16_t* weights,
                 std::int16_t* out, std::size_t count);

// RowTap's formula: from 1/128 of a level to bytes.
void blend_rows(const std::int16_t* above, const std::int16_t* below, std::int16_t above_weight,
                std::int16_t below_weight, std::uint8_t* out, std::size_t count);

// (8 sample - offset) * factor >> 16 of the low and of the high byte of each pair.
void scale_pairs(const std::uint16_t* pairs, std::int16_t offset, std::int16_t factor, std::int16_t* low,
                 std::int16_t* high, std::size_t count);

// The same, added to what low and high hold.
void add_scaled_pairs(const std::uint16_t* pairs, std::int16_t offset, std::int16_t factor, std::int16_t* low,
                      std::int16_t* high, std::size_t count);

// One colour, luma + chroma within 0 and 255 of the near and of the far pixel, and ColumnTap's formula.
void stretch_colour(const std::int16_t* near_luma, const std::int16_t* far_luma,
                    const std::int16_t* near_chroma, const std::int16_t* far_chroma,
                    const std::int16_t* weights, std::int16_t* out, std::size_t count);

// Three planes to pixels of three bytes, out [count,3].
void interleave(const std::uint8_t* red, const std::uint8_t* green, const std::uint8_t* blue,
                std::uint8_t* out, std::size_t count);

}  // namespace c3d
