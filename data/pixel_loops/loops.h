// The functions of pixel_loops.h as one source, which a file of each instruction set compiles for itself. All
// are members of templates over the set, so that their names tell it: the linker would take a plain inline
// function from any of the files, and it could reach a processor that lacks its instructions.
#pragma once

#include "data/pixel_loops/pixel_loops.h"
#include "engine/core/instruction_set.h"

namespace c3d {

template <InstructionSet>
class PixelLoopsOf {
 public:
  // __restrict in all of them: without it compilers guard against overlap, or do not use vectors at all.

  static void pick_bytes(const std::uint8_t* row, std::span<const ByteWindow> windows, std::uint16_t* out) {
    const ByteWindow* const window = windows.data();
    const std::size_t count = windows.size();
    for (std::size_t w = 0; w < count; ++w) {
      const std::uint8_t* bytes = row + window[w].from;
      const std::uint8_t* pick = window[w].pick.data();
      std::uint16_t* const to = out + window[w].to;
      for (std::size_t i = 0; i < ByteWindow::kPairs; ++i) {
        to[i] = static_cast<std::uint16_t>(bytes[pick[2 * i]] | bytes[pick[2 * i + 1]] << 8);
      }
    }
  }

  static void stretch_row(const std::uint8_t* __restrict near, const std::uint8_t* __restrict far,
                          const std::int16_t* __restrict weights, std::int16_t* __restrict out,
                          std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) out[i] = stretched(near[i], far[i], weights[i]);
  }

  static void blend_rows(const std::int16_t* __restrict above, const std::int16_t* __restrict below,
                         std::int16_t above_weight, std::int16_t below_weight, std::uint8_t* __restrict out,
                         std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto sum = static_cast<std::int16_t>(high_half(above[i], above_weight) +
                                                 high_half(below[i], below_weight) + 2);
      out[i] = static_cast<std::uint8_t>(sum >> 2);
    }
  }

  static void scale_pairs(const std::uint16_t* __restrict pairs, std::int16_t offset, std::int16_t factor,
                          std::int16_t* __restrict low, std::int16_t* __restrict high, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      low[i] = scaled(pairs[i] & 255, offset, factor);
      high[i] = scaled(pairs[i] >> 8, offset, factor);
    }
  }

  static void add_scaled_pairs(const std::uint16_t* __restrict pairs, std::int16_t offset,
                               std::int16_t factor, std::int16_t* __restrict low,
                               std::int16_t* __restrict high, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      low[i] = static_cast<std::int16_t>(low[i] + scaled(pairs[i] & 255, offset, factor));
      high[i] = static_cast<std::int16_t>(high[i] + scaled(pairs[i] >> 8, offset, factor));
    }
  }

  static void stretch_colour(const std::int16_t* __restrict near_luma,
                             const std::int16_t* __restrict far_luma,
                             const std::int16_t* __restrict near_chroma,
                             const std::int16_t* __restrict far_chroma,
                             const std::int16_t* __restrict weights, std::int16_t* __restrict out,
                             std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = stretched(level(near_luma[i], near_chroma[i]), level(far_luma[i], far_chroma[i]), weights[i]);
    }
  }

  static void interleave(const std::uint8_t* __restrict red, const std::uint8_t* __restrict green,
                         const std::uint8_t* __restrict blue, std::uint8_t* __restrict out,
                         std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      out[3 * i] = red[i];
      out[3 * i + 1] = green[i];
      out[3 * i + 2] = blue[i];
    }
  }

 private:
  // Of two factors below 2^15: compilers find the processor's instruction for it.
  [[gnu::always_inline]] static std::int16_t high_half(std::int16_t a, std::int16_t b) {
    return static_cast<std::int16_t>((a * b) >> 16);
  }
  [[gnu::always_inline]] static std::int16_t stretched(std::int16_t near, std::int16_t far,
                                                       std::int16_t weight) {
    const auto difference = static_cast<std::int16_t>((near - far) * 128);
    return static_cast<std::int16_t>(near * 128 + high_half(difference, weight));
  }
  [[gnu::always_inline]] static std::int16_t scaled(int sample, std::int16_t offset, std::int16_t factor) {
    return high_half(static_cast<std::int16_t>(sample * 8 - offset), factor);
  }
  [[gnu::always_inline]] static std::int16_t level(std::int16_t luma, std::int16_t chroma) {
    const auto sum = static_cast<std::int16_t>(luma + chroma);
    const auto positive = static_cast<std::int16_t>(sum > 0 ? sum : 0);
    return static_cast<std::int16_t>(positive < 255 ? positive : 255);
  }
};

template <InstructionSet Set>
constexpr PixelLoops pixel_loops_of() {
  using Loops = PixelLoopsOf<Set>;
  return {.pick_bytes = Loops::pick_bytes,
          .stretch_row = Loops::stretch_row,
          .blend_rows = Loops::blend_rows,
          .scale_pairs = Loops::scale_pairs,
          .add_scaled_pairs = Loops::add_scaled_pairs,
          .stretch_colour = Loops::stretch_colour,
          .interleave = Loops::interleave};
}

}  // namespace c3d
