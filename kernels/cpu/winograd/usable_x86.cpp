#include "kernels/cpu/winograd/kernel_sets.h"

namespace c3d::cpu {

// Of the processor's features the compiler's test counts those alone whose registers the system saves.
std::vector<const KernelSet*> usable_kernel_sets() {
  std::vector<const KernelSet*> sets;
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") != 0 &&
                      __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0;
  if (avx512) {
    sets.push_back(__builtin_cpu_supports("avx512bf16") != 0 ? &avx512_bf16_kernels() : &avx512_kernels());
  }
  if (avx2) sets.push_back(&avx2_kernels());
  sets.push_back(&portable_kernels());
  return sets;
}

}  // namespace c3d::cpu
