// Sixteen floats. Only for files compiled with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/isa/vector.h"

namespace c3d::cpu {

template <typename Derived>
struct Avx512Vector : Vector<Derived, 16> {
  using Base = Vector<Derived, 16>;
  using typename Base::Float;
  static constexpr int kRows = 14;  // of a block of products: 28 sums in 32 registers

  // An asm, because the compiler would read the value anew for each product.
  [[gnu::always_inline]] static Float broadcast(const float* value) {
    Float result;
    asm("vbroadcastss %1, %0" : "=v"(result) : "m"(*value));
    return result;
  }
  static constexpr bool kReadsInProducts = true;
  [[gnu::always_inline]] static Float multiply_add_number(const float* /*type*/, const float* number, Float b,
                                                          Float sum) {
    asm("vfmadd231ps %1%{1to16%}, %2, %0" : "+v"(sum) : "m"(*number), "v"(b));
    return sum;
  }
  [[gnu::always_inline]] static Float in_register(Float value) {
    asm("" : "+v"(value));
    return value;
  }
  template <typename T>
  [[gnu::always_inline]] static Float load_part(const T* from, std::int64_t count) {
    return Base::load_part(from, count);
  }
  [[gnu::always_inline]] static Float load_part(const float* from, std::int64_t count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1), from);
  }
  // The conversion is the zeroing one: GCC 12 warns of the plain one's undefined operand.
  [[gnu::always_inline]] static typename Base::Int load_bytes(const std::uint8_t* from, std::int64_t count) {
    const __m128i bytes = count >= 16 ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from))
                                      : _mm_maskz_loadu_epi8(static_cast<__mmask16>((1U << count) - 1), from);
    // NOLINTNEXTLINE: only the C cast converts vectors
    return (typename Base::Int)_mm512_maskz_cvtepu8_epi32(0xffff, bytes);
  }
  [[gnu::always_inline]] static Float lookup(const float* four, typename Base::Int index) {
    // An asm, because the compiler would shuffle what the load can repeat by itself.
    __m512 each;
    asm("vbroadcastf32x4 %1, %0" : "=v"(each) : "m"(*reinterpret_cast<const __m128_u*>(four)));
    // NOLINTNEXTLINE: only the C cast converts vectors. The zeroing one: see load_bytes().
    return _mm512_maskz_permutevar_ps(0xffff, each, (__m512i)index);
  }
  [[gnu::always_inline]] static bool any(typename Base::Int lanes) {
    // NOLINTNEXTLINE: only the C cast converts vectors
    return _mm512_test_epi32_mask((__m512i)lanes, (__m512i)lanes) != 0;
  }
  [[gnu::always_inline]] static bool any_nan(Float value) {
    return _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q) != 0;
  }
  [[gnu::always_inline]] static void stream(Float value, float* to) { _mm512_stream_ps(to, value); }
  [[gnu::always_inline]] static void stream_fence() { _mm_sfence(); }
};

struct Avx512 : Avx512Vector<Avx512> {};

}  // namespace c3d::cpu
