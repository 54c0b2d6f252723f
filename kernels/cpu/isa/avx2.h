// Eight floats with fused multiply-add. Only for files compiled with -mavx2 -mfma.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/isa/vector.h"

namespace c3d::cpu {

struct Avx2 : Vector<Avx2, 8> {
  static constexpr int kRows = 6;  // of a block of products: 12 sums in 16 registers

  // An asm, because the compiler would read the value anew for each product.
  [[gnu::always_inline]] static Float broadcast(const float* value) {
    Float result;
    asm("vbroadcastss %1, %0" : "=x"(result) : "m"(*value));
    return result;
  }
  [[gnu::always_inline]] static Float in_register(Float value) {
    asm("" : "+x"(value));
    return value;
  }
  [[gnu::always_inline]] static Int load_bytes(const std::uint8_t* from, std::int64_t count) {
    std::uint8_t part[8] = {};
    for (std::int64_t i = 0; i < count && i < 8; ++i) part[i] = from[i];
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(count >= 8 ? from : part));
    return (Int)_mm256_cvtepu8_epi32(bytes);  // NOLINT: only the C cast converts vectors
  }
  [[gnu::always_inline]] static Float lookup(const float* four, Int index) {
    const __m256 each = _mm256_broadcast_ps(reinterpret_cast<const __m128*>(four));
    return _mm256_permutevar_ps(each, (__m256i)index);  // NOLINT: only the C cast converts vectors
  }
  [[gnu::always_inline]] static bool any(Int lanes) {
    // NOLINTNEXTLINE: only the C cast converts vectors
    return _mm256_testz_si256((__m256i)lanes, (__m256i)lanes) == 0;
  }
  [[gnu::always_inline]] static void stream(Float value, float* to) { _mm256_stream_ps(to, value); }
  [[gnu::always_inline]] static void stream_fence() { _mm_sfence(); }
};

}  // namespace c3d::cpu
