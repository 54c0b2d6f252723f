// The functions of augment_loops.h as one source, which a file of each instruction set compiles for itself.
// All are members of templates over the set, so that their names tell it: the linker would take a plain
// inline function from any of the files, and it could reach a processor that lacks its instructions.
#pragma once

#include <cstring>

#include "data/augment/loops/augment_loops.h"
#include "engine/core/instruction_set.h"

namespace c3d {

template <InstructionSet>
class AugmentLoopsOf {
  using Bytes [[gnu::vector_size(kLanes)]] = std::uint8_t;

  static constexpr std::size_t kBlocks = 3;  // of 16 bytes: 16 pixels of three

 public:
  static void gather_frames(const std::uint8_t* const* frames, std::size_t pixels, std::uint8_t* row,
                            std::size_t plane) {
    for (std::size_t at = 0; at < pixels; at = next_pixels(at, pixels)) {
      if (pixels < kLanes) return gather_few(frames, pixels, row, plane);
      for (std::size_t block = 0; block < kBlocks; ++block) {
        Bytes values[kLanes];
        for (std::size_t frame = 0; frame < kLanes; ++frame)
          load(values[frame], frames[frame] + 3 * at + kLanes * block);
        transpose(values);
        for (std::size_t i = 0; i < kLanes; ++i) {
          const std::size_t byte = kLanes * block + i;
          store(values[i], row + byte % 3 * plane + (at + byte / 3) * kLanes);
        }
      }
    }
  }

  static void scatter_frames(const std::uint8_t* row, std::size_t plane, std::size_t pixels,
                             std::uint8_t* const* frames, std::size_t count) {
    for (std::size_t at = 0; at < pixels; at = next_pixels(at, pixels)) {
      if (pixels < kLanes) return scatter_few(row, plane, pixels, frames, count);
      for (std::size_t block = 0; block < kBlocks; ++block) {
        Bytes values[kLanes];
        for (std::size_t i = 0; i < kLanes; ++i) {
          const std::size_t byte = kLanes * block + i;
          load(values[i], row + byte % 3 * plane + (at + byte / 3) * kLanes);
        }
        transpose(values);
        for (std::size_t frame = 0; frame < count; ++frame)
          store(values[frame], frames[frame] + 3 * at + kLanes * block);
      }
    }
  }

  // __restrict from here on: without it compilers guard against overlap, or do not use vectors at all.

  static void warp(const std::uint8_t* __restrict source, std::size_t source_plane, std::size_t line,
                   const PixelTap* __restrict taps, std::size_t count, std::uint8_t* __restrict row,
                   std::size_t plane) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto [near, right, below, across] = taps[i].weight;
      for (std::size_t colour = 0; colour < 3; ++colour) {
        const std::uint8_t* const from = source + taps[i].offset + colour * source_plane;
        std::uint8_t* const to = row + colour * plane + i * kLanes;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
          // 255 times 256 and a half fit 16 bits.
          const auto sum = static_cast<std::uint16_t>(from[lane] * near + from[lane + kLanes] * right +
                                                      from[line + lane] * below +
                                                      from[line + lane + kLanes] * across + kHalf);
          to[lane] = static_cast<std::uint8_t>(sum >> 8);
        }
      }
    }
  }

  static void weigh_five(const std::array<const std::uint8_t*, 5>& rows, FiveWeights weights,
                         std::uint8_t* __restrict out, std::size_t count) {
    const std::uint8_t *const far0 = rows[0], *const near0 = rows[1], *const middle = rows[2],
                              *const near1 = rows[3], *const far1 = rows[4];
    for (std::size_t i = 0; i < count; ++i) {
      const auto near = static_cast<std::uint16_t>((near0[i] + near1[i]) * weights.near);
      const auto far = static_cast<std::uint16_t>((far0[i] + far1[i]) * weights.far);
      const auto sum = static_cast<std::uint16_t>(middle[i] * weights.middle + near + far + kHalf);
      out[i] = static_cast<std::uint8_t>(sum >> 8);
    }
  }

  static void recolour(std::uint8_t* __restrict red, std::uint8_t* __restrict green,
                       std::uint8_t* __restrict blue, const ColourMatrix& matrix, std::size_t count) {
    const ColourMatrix m = matrix;
    // The factors lie in memory as 16 bits: compilers then multiply 16 bits by 16, and do not widen them.
    constexpr std::size_t kBlock = 256;
    std::int16_t r[kBlock], g[kBlock], b[kBlock];
    for (std::size_t from = 0; from < count; from += kBlock) {
      const std::size_t values = count - from < kBlock ? count - from : kBlock;
      for (std::size_t i = 0; i < values; ++i) {
        r[i] = static_cast<std::int16_t>(red[from + i] << 7);
        g[i] = static_cast<std::int16_t>(green[from + i] << 7);
        b[i] = static_cast<std::int16_t>(blue[from + i] << 7);
      }
      for (std::size_t i = 0; i < values; ++i) {
        red[from + i] = level(r[i], g[i], b[i], m.factor[0][0], m.factor[0][1], m.factor[0][2], m.offset);
        green[from + i] = level(r[i], g[i], b[i], m.factor[1][0], m.factor[1][1], m.factor[1][2], m.offset);
        blue[from + i] = level(r[i], g[i], b[i], m.factor[2][0], m.factor[2][1], m.factor[2][2], m.offset);
      }
    }
  }

  static void add_noise(std::uint8_t* __restrict values, const std::int8_t* __restrict noise,
                        std::int16_t strength, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto added = static_cast<std::int16_t>(noise[i] * strength + kHalf);
      values[i] = within(static_cast<std::int16_t>(values[i] + (added >> 8)));
    }
  }

  static void blend(std::uint8_t* __restrict first, const std::uint8_t* __restrict second,
                    std::uint16_t weight, std::size_t count) {
    const auto rest = static_cast<std::uint16_t>(256 - weight);
    for (std::size_t i = 0; i < count; ++i) {
      const auto sum = static_cast<std::uint16_t>(first[i] * weight + second[i] * rest + kHalf);
      first[i] = static_cast<std::uint8_t>(sum >> 8);
    }
  }

 private:
  static constexpr std::uint16_t kHalf = 128;  // of 256

  // The last block of sixteen ends where the row does, and does some pixels of the one before again.
  [[gnu::always_inline]] static std::size_t next_pixels(std::size_t at, std::size_t pixels) {
    const std::size_t next = at + kLanes;
    return next < pixels && next + kLanes > pixels ? pixels - kLanes : next;
  }

  [[gnu::always_inline]] static void load(Bytes& values, const std::uint8_t* from) {
    std::memcpy(&values, from, sizeof values);
  }
  [[gnu::always_inline]] static void store(const Bytes& values, std::uint8_t* to) {
    std::memcpy(to, &values, sizeof values);
  }

  // Four perfect shuffles of 256 bytes: each turns the eight bits of a byte's place by one.
  [[gnu::always_inline]] static void transpose(Bytes (&rows)[kLanes]) {
    for (int round = 0; round < 4; ++round) {
      Bytes shuffled[kLanes];
      for (std::size_t i = 0; i < kLanes / 2; ++i) {
        const Bytes first = rows[i], second = rows[i + kLanes / 2];
        shuffled[2 * i] =
            __builtin_shufflevector(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        shuffled[2 * i + 1] = __builtin_shufflevector(first, second, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                      29, 14, 30, 15, 31);
      }
      for (std::size_t i = 0; i < kLanes; ++i) rows[i] = shuffled[i];
    }
  }

  static void gather_few(const std::uint8_t* const* frames, std::size_t pixels, std::uint8_t* row,
                         std::size_t plane) {
    for (std::size_t byte = 0; byte < 3 * pixels; ++byte) {
      for (std::size_t frame = 0; frame < kLanes; ++frame)
        row[byte % 3 * plane + byte / 3 * kLanes + frame] = frames[frame][byte];
    }
  }
  static void scatter_few(const std::uint8_t* row, std::size_t plane, std::size_t pixels,
                          std::uint8_t* const* frames, std::size_t count) {
    for (std::size_t byte = 0; byte < 3 * pixels; ++byte) {
      for (std::size_t frame = 0; frame < count; ++frame)
        frames[frame][byte] = row[byte % 3 * plane + byte / 3 * kLanes + frame];
    }
  }

  // Of two factors below 2^15: compilers find the processor's instruction for it.
  [[gnu::always_inline]] static std::int16_t high_half(std::int16_t a, std::int16_t b) {
    return static_cast<std::int16_t>((a * b) >> 16);
  }
  [[gnu::always_inline]] static std::uint8_t within(std::int16_t value) {
    const auto positive = static_cast<std::int16_t>(value > 0 ? value : 0);
    return static_cast<std::uint8_t>(positive < 255 ? positive : 255);
  }
  // Each product lost half an eighth of a level on average, all three 1.5 eighths: 4 more round, and 1 gives
  // that back.
  [[gnu::always_inline]] static std::uint8_t level(std::int16_t red, std::int16_t green, std::int16_t blue,
                                                   std::int16_t of_red, std::int16_t of_green,
                                                   std::int16_t of_blue, std::int16_t offset) {
    const auto sum = static_cast<std::int16_t>(high_half(red, of_red) + high_half(green, of_green) +
                                               high_half(blue, of_blue) + offset + 5);
    return within(static_cast<std::int16_t>(sum >> 3));
  }
};

template <InstructionSet Set>
constexpr AugmentLoops augment_loops_of() {
  using Loops = AugmentLoopsOf<Set>;
  return {.gather_frames = Loops::gather_frames,
          .scatter_frames = Loops::scatter_frames,
          .warp = Loops::warp,
          .weigh_five = Loops::weigh_five,
          .recolour = Loops::recolour,
          .add_noise = Loops::add_noise,
          .blend = Loops::blend};
}

}  // namespace c3d
