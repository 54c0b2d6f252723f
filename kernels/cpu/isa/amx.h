// Sixteen floats, and AMX's tiles: eight registers of 16 rows of 64 bytes, and the product of two that adds
// to a third. Only for files compiled with avx512_bf16.h's options; the assembler knows the tiles'
// instructions.
#pragma once

#include "kernels/cpu/isa/avx512.h"

namespace c3d::cpu {

struct Amx : Avx512Vector<Amx> {
  static constexpr std::int64_t kTileRows = 16, kTilePairs = 16, kTileBytes = 1024;

  [[gnu::always_inline]] static Half rounded(Float value) {
    const __m256bh half = _mm512_cvtneps_pbh(value);
    Half result;
    std::memcpy(&result, &half, sizeof(result));
    return result;
  }

  // Thirty-two bf16; the first `count` of a line, zeros in the others.
  using ChannelBlock = __m512i;
  [[gnu::always_inline]] static ChannelBlock load_channel_block(const BFloat16* from, std::int64_t count) {
    return _mm512_maskz_loadu_epi16(static_cast<__mmask32>((std::uint64_t{1} << count) - 1), from);
  }
  [[gnu::always_inline]] static void store_channel_block(ChannelBlock line, BFloat16* to) {
    _mm512_storeu_si512(to, line);
  }
  [[gnu::always_inline]] static Float words(ChannelBlock line) { return _mm512_castsi512_ps(line); }
  // Pairs of an element of `first` and one of `second`: those of the first sixteen, and of the others.
  [[gnu::always_inline]] static void pair_channel_blocks(ChannelBlock first, ChannelBlock second, Float& low,
                                                         Float& high) {
    alignas(64) std::uint16_t lanes[64];
    for (std::uint16_t i = 0; i < 64; ++i) lanes[i] = static_cast<std::uint16_t>(i / 2 + i % 2 * 32);
    low = words(_mm512_permutex2var_epi16(first, _mm512_load_si512(lanes), second));
    high = words(_mm512_permutex2var_epi16(first, _mm512_load_si512(lanes + 32), second));
  }
  // The 32 elements from `at` on of a row, zeros where it has none: before 0, and from `end` on.
  [[gnu::always_inline]] static ChannelBlock load_inside(const BFloat16* row, std::int64_t at,
                                                         std::int64_t end) {
    if (at >= 0 && at + 32 <= end) return _mm512_loadu_si512(row + at);
    const std::int64_t first = at < 0 ? -at : 0, last = end - at < 32 ? end - at : 32;
    if (first >= last) return _mm512_setzero_si512();
    const std::uint64_t mask = (std::uint64_t{1} << last) - (std::uint64_t{1} << first);
    return _mm512_maskz_loadu_epi16(static_cast<__mmask32>(mask), row + at);
  }
  // The first `count` of sixteen bf16 as whole numbers, zeros in the others.
  [[gnu::always_inline]] static Bits load_words(const BFloat16* from, std::int64_t count) {
    const __m256i words = _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1U << count) - 1), from);
    // NOLINTNEXTLINE: only the C cast converts vectors; the conversion is the zeroing one as in load_bytes()
    return (Bits)_mm512_maskz_cvtepu16_epi32(0xffff, words);
  }
  // Which elements of two blocks, of 64 together, make a third one.
  struct Selection {
    ChannelBlock lanes;
    __mmask32 exist;
  };
  // The first `count` of them, and zeros.
  [[gnu::always_inline]] static Selection selection(const std::uint16_t (&lanes)[32], std::int64_t count) {
    return {_mm512_loadu_si512(lanes), static_cast<__mmask32>((std::uint64_t{1} << count) - 1)};
  }
  [[gnu::always_inline]] static ChannelBlock select(const Selection& selection, ChannelBlock first,
                                                    ChannelBlock second) {
    return _mm512_maskz_permutex2var_epi16(selection.exist, first, selection.lanes, second);
  }
  // Of every eight elements the first four, of `first` and of `second`.
  [[gnu::always_inline]] static ChannelBlock interleave_fours(ChannelBlock first, ChannelBlock second) {
    return _mm512_maskz_unpacklo_epi64(0xff, first, second);  // GCC 12 warns of the plain one
  }
  // Tiles of this thread have 16 rows of 64 bytes until release(); those named as inputs only `pairs` pairs
  // of bf16 in a row (tiles 4 and 5) and as many rows (tiles 6 and 7).
  [[gnu::always_inline]] static void configure(std::int64_t pairs) {
    struct alignas(64) {
      std::uint8_t palette, start_row, reserved[14];
      std::uint16_t row_bytes[16];
      std::uint8_t rows[16];
    } config = {};
    static_assert(sizeof(config) == 64);
    config.palette = 1;
    for (int tile = 0; tile < 8; ++tile) {
      const bool left = tile == 4 || tile == 5, right = tile >= 6;
      config.row_bytes[tile] = static_cast<std::uint16_t>(left ? 4 * pairs : 64);
      config.rows[tile] = static_cast<std::uint8_t>(right ? pairs : kTileRows);
    }
    asm volatile("ldtilecfg %0" : : "m"(config));
  }
  [[gnu::always_inline]] static void release() { asm volatile("tilerelease"); }

  // stride: bytes from row to row.
  template <int Tile>
  [[gnu::always_inline]] static void load_tile(const void* from, std::int64_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride), "i"(Tile) : "memory");
  }
  template <int Tile>
  [[gnu::always_inline]] static void store_tile(void* to, std::int64_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride), "i"(Tile) : "memory");
  }
  template <int Tile>
  [[gnu::always_inline]] static void zero_tile() {
    asm volatile("tilezero %%tmm%c0" : : "i"(Tile));
  }
  // Sum [16 rows][16 floats] += Left [16 rows][pairs] * Right [pairs][16 pairs].
  template <int Sum, int Left, int Right>
  [[gnu::always_inline]] static void multiply_tiles() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(Sum), "i"(Left), "i"(Right));
  }
};

}  // namespace c3d::cpu
