#include "kernels/cpu/vector/avx512_bf16.h"
#include "kernels/cpu/winograd/kernel_table.h"

namespace c3d::cpu {

const KernelSet& avx512_bf16_kernels() {
  static constexpr TypeKernels kBf16 = type_kernels<Avx512Bf16, BFloat16>();
  static constexpr KernelSet kSet{.name = "avx512", .f32 = type_kernels<Avx512Bf16, float>(), .bf16 = &kBf16};
  return kSet;
}

}  // namespace c3d::cpu
