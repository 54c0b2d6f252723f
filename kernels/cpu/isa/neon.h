// Four floats in 32 registers, of 64-bit ARM processors. A product takes its number from a lane of any
// register, which compilers find by themselves, as they do fused multiply-adds.
#pragma once

#include <arm_neon.h>

#include "kernels/cpu/isa/vector.h"

namespace c3d::cpu {

struct Neon : Vector<Neon, 4> {
  static constexpr int kRows = 12;  // of a block of products: 24 sums in 32 registers

  // GCC 12 moves a plain copy through the general registers on its way to memory.
  using Vector::store;
  [[gnu::always_inline]] static void store(Float value, float* to) { vst1q_f32(to, value); }

  [[gnu::always_inline]] static Float lookup(const float* four, Int index) {
    const uint8x16_t bytes = vreinterpretq_u8_s32(index * 0x04040404 + 0x03020100);
    return vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(vld1q_f32(four)), bytes));
  }
  [[gnu::always_inline]] static bool any(Int lanes) { return vmaxvq_u32(vreinterpretq_u32_s32(lanes)) != 0; }
};

}  // namespace c3d::cpu
