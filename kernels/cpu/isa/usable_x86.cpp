#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {
namespace {

// AMX's tiles are 8 KB for each thread, which Linux saves only for processes that ask for it.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  static const bool permitted = ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return permitted;
}

// Not every compiler's test knows AMX. That the system saves its registers, its permission says.
bool has_amx() {
  constexpr unsigned kFeatures = 7, kAmxBf16 = 1U << 22, kAmxTile = 1U << 24;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(kFeatures, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) != 0 && (d & kAmxTile) != 0 &&
         may_use_tiles();
}

}  // namespace

// Of the processor's features the compiler's test counts those alone whose registers the system saves.
std::vector<const KernelSet*> usable_kernel_sets() {
  std::vector<const KernelSet*> sets;
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") != 0 &&
                      __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0;
  const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16") != 0;
  if (bf16 && has_amx()) sets.push_back(&amx_kernels());
  if (avx512) {
    sets.push_back(bf16 ? &avx512_bf16_kernels() : &avx512_kernels());
  }
  if (avx2) sets.push_back(&avx2_kernels());
  sets.push_back(&portable_kernels());
  return sets;
}

}  // namespace c3d::cpu
