// Sixteen floats, and products of pairs of bf16. Only for files compiled with avx512.h's options and
// -mavx512bf16.
#pragma once

#include "kernels/cpu/isa/avx512.h"

namespace c3d::cpu {

struct Avx512Bf16 : Avx512Vector<Avx512Bf16> {
  using Avx512Vector<Avx512Bf16>::multiply_add;
  using Avx512Vector<Avx512Bf16>::multiply_add_number;

  [[gnu::always_inline]] static Half rounded(Float value) {
    const __m256bh half = _mm512_cvtneps_pbh(value);
    Half result;
    std::memcpy(&result, &half, sizeof(result));
    return result;
  }
  // sum + the products of two pairs: a and b hold pairs of bf16.
  [[gnu::always_inline]] static Float multiply_add(const BFloat16* /*type*/, Float a, Float b, Float sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);  // NOLINT: only the C cast converts vectors
  }
  [[gnu::always_inline]] static Float multiply_add_number(const BFloat16* /*type*/, const float* pair,
                                                          Float b, Float sum) {
    asm("vdpbf16ps %1%{1to16%}, %2, %0" : "+v"(sum) : "m"(*pair), "v"(b));
    return sum;
  }
};

}  // namespace c3d::cpu
