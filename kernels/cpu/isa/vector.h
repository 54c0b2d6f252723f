// A vector of W floats, as wide as those of the instruction set that a file is compiled for. It has the
// operations that kernels need beside + - * and comparisons, which GCC's and Clang's vector types have
// themselves. The types derived from it (avx2.h, avx512.h, neon.h ..) state anew an operation for which
// the processor has an instruction that the compiler does not find. Pointers to whole vectors need no
// alignment unless the name says so.
//
// Rule for every function compiled for one instruction set: it is a template over one of these types, so that
// its name tells the instruction set. A plain inline function would be one function for the linker, taken
// from any of the files, and could reach a processor that lacks its instructions.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/core/bfloat16.h"

namespace c3d::cpu {

template <typename T, int Bytes>
struct VectorOf {
  using Type [[gnu::vector_size(Bytes)]] = T;
};

template <typename Derived, int W>
struct Vector {
  static constexpr int kWidth = W;
  using Float = typename VectorOf<float, W * 4>::Type;
  using Int = typename VectorOf<std::int32_t, W * 4>::Type;
  using Bits = typename VectorOf<std::uint32_t, W * 4>::Type;
  using Half = typename VectorOf<std::uint16_t, W * 2>::Type;
  using Byte = typename VectorOf<std::uint8_t, W>::Type;

  [[gnu::always_inline]] static Float zero() { return Float{}; }
  // Minus zero changes no value; plus zero would, -0.
  [[gnu::always_inline]] static Float broadcast(const float* value) { return *value - Float{}; }

  // A value that several products use is loaded once, also where a product could read it from memory itself.
  [[gnu::always_inline]] static Float in_register(Float value) { return value; }

  [[gnu::always_inline]] static Float load(const float* from) {
    Float value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }
  [[gnu::always_inline]] static Float load(const BFloat16* from) {
    Half half;
    std::memcpy(&half, from, sizeof(half));
    const Bits bits = __builtin_convertvector(half, Bits) << 16;
    Float value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  // The first `count` elements, zeros in the others.
  template <typename T>
  [[gnu::always_inline]] static Float load_part(const T* from, std::int64_t count) {
    T part[W] = {};
    for (std::int64_t i = 0; i < count; ++i) part[i] = from[i];
    return Derived::load(part);
  }

  // Bytes as numbers; the first `count` if these are fewer than a vector, and zeros.
  [[gnu::always_inline]] static Int load_bytes(const std::uint8_t* from, std::int64_t count) {
    Byte bytes{};
    if (count >= W) {
      std::memcpy(&bytes, from, sizeof(bytes));
    } else {
      std::memcpy(&bytes, from, static_cast<std::size_t>(count));
    }
    return __builtin_convertvector(bytes, Int);
  }

  [[gnu::always_inline]] static void store(Float value, float* to) { std::memcpy(to, &value, sizeof(value)); }
  [[gnu::always_inline]] static void store(Float value, BFloat16* to) {
    const Half half = Derived::rounded(value);
    std::memcpy(to, &half, sizeof(half));
  }
  template <typename T>
  [[gnu::always_inline]] static void store_part(Float value, T* to, std::int64_t count) {
    T part[W];
    Derived::store(value, part);
    for (std::int64_t i = 0; i < count; ++i) to[i] = part[i];
  }
  // To memory that is not read soon, past the caches where the processor can; `to` is aligned to the vector.
  // Wants stream_fence() before another thread reads it.
  [[gnu::always_inline]] static void stream(Float value, float* to) { Derived::store(value, to); }
  [[gnu::always_inline]] static void stream_fence() {}

  // Rounded to nearest, ties to even; NaN stays NaN.
  [[gnu::always_inline]] static Half rounded(Float value) {
    Bits bits;
    std::memcpy(&bits, &value, sizeof(bits));
    const Bits nearest = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const Bits quiet_nan = (bits >> 16) | 0x40;
    const Int is_nan = value != value;
    return __builtin_convertvector(is_nan ? quiet_nan : nearest, Half);
  }
  // Pairs of bf16 in 32 bits: `low` is first in memory.
  [[gnu::always_inline]] static Float pairs(Float low, Float high) {
    const Bits bits = __builtin_convertvector(Derived::rounded(low), Bits) |
                      (__builtin_convertvector(Derived::rounded(high), Bits) << 16);
    Float value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }

  // Of a square of W x W numbers, rows become columns: the blocks beside the diagonal change places, those of
  // one number first, then those of 2 x 2, of 4 x 4 ..
  template <int Size = 1>
  [[gnu::always_inline]] static void transpose(Float (&rows)[W]) {
    constexpr auto kLanes = std::make_integer_sequence<int, W>();
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) {
      if ((i & Size) != 0) continue;
      const Float upper = rows[i], lower = rows[i + Size];
      rows[i] = upper_half<Size>(upper, lower, kLanes);
      rows[i + Size] = lower_half<Size>(upper, lower, kLanes);
    }
    if constexpr (2 * Size < W) transpose<2 * Size>(rows);
  }

  // sum + a * b, of floats.
  [[gnu::always_inline]] static Float multiply_add(const float* /*type*/, Float a, Float b, Float sum) {
    return sum + a * b;
  }

  // multiply_add() of a number in all lanes, or with bf16 of a pair, that the processor may read from memory
  // in the product itself, where `kReadsInProducts` says so.
  static constexpr bool kReadsInProducts = false;
  template <typename E>
  [[gnu::always_inline]] static Float multiply_add_number(const E* type, const float* number, Float b,
                                                          Float sum) {
    return Derived::multiply_add(type, Derived::broadcast(number), b, sum);
  }

  // For each lane one of four numbers, by its index 0 .. 3.
  [[gnu::always_inline]] static Float lookup(const float* four, Int index) {
    float lanes[W];
    for (int i = 0; i < W; ++i) lanes[i] = four[index[i]];
    return load(lanes);
  }

  // The larger; NaN where either is.
  [[gnu::always_inline]] static Float larger(Float best, Float value) {
    return wins(best, value) ? value : best;
  }
  // The larger of two numbers; `second` where either is NaN.
  [[gnu::always_inline]] static Float larger_number(Float first, Float second) {
    return first > second ? first : second;
  }
  // Of all lanes: the upper half is added to the lower, and so on.
  [[gnu::always_inline]] static float sum(Float value) {
    float lanes[W];
    std::memcpy(lanes, &value, sizeof(value));
    for (int half = W / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) lanes[i] += lanes[half + i];
    }
    return lanes[0];
  }
  [[gnu::always_inline]] static bool any(Int lanes) {
    std::int32_t result = 0;
    for (int i = 0; i < W; ++i) result |= lanes[i];
    return result != 0;
  }
  [[gnu::always_inline]] static bool any_nan(Float value) { return Derived::any(value != value); }
  // Where `value` takes the place of `best` in a search for the first largest: larger, or the first NaN.
  [[gnu::always_inline]] static Int wins(Float best, Float value) {
    return ~(value <= best) & (best == best);
  }
  [[gnu::always_inline]] static Float positive_part(Float value) { return value < 0.0f ? Float{} : value; }

  [[gnu::always_inline]] static void prefetch(const void* line) { __builtin_prefetch(line, 0, 3); }
  // Only as far as the second cache.
  [[gnu::always_inline]] static void prefetch_far(const void* line) { __builtin_prefetch(line, 0, 2); }
  // What will be written.
  [[gnu::always_inline]] static void prefetch_to_write(const void* line) { __builtin_prefetch(line, 1, 3); }

 private:
  // Two rows, after the second block of the upper one and the first of the lower one changed places.
  template <int Size, int... Lane>
  [[gnu::always_inline]] static Float upper_half(Float upper, Float lower,
                                                 std::integer_sequence<int, Lane...> /*lanes*/) {
    return __builtin_shufflevector(upper, lower, ((Lane & Size) == 0 ? Lane : W + Lane - Size)...);
  }
  template <int Size, int... Lane>
  [[gnu::always_inline]] static Float lower_half(Float upper, Float lower,
                                                 std::integer_sequence<int, Lane...> /*lanes*/) {
    return __builtin_shufflevector(upper, lower, ((Lane & Size) == 0 ? Lane + Size : W + Lane)...);
  }
};

}  // namespace c3d::cpu
