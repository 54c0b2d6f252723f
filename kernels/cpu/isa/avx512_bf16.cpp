#include "kernels/cpu/isa/avx512_bf16.h"
#include "kernels/cpu/isa/kernel_table.h"

namespace c3d::cpu {

const KernelSet& avx512_bf16_kernels() {
  static constexpr TypeKernels kBf16 = type_kernels<Avx512Bf16, BFloat16, BFloat16>();
  static constexpr TypeKernels kBf16InF32 = type_kernels<Avx512Bf16, BFloat16, float>();
  static const KernelSet set{.name = "avx512",
                             .f32 = avx512_kernels().f32,
                             .bf16 = &kBf16,
                             .bf16_in_f32 = &kBf16InF32,
                             .elementwise = avx512_kernels().elementwise};
  return set;
}

}  // namespace c3d::cpu
