#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/core/instruction_set.h"

namespace c3d {
namespace {

// The compiler's test counts a feature only where the system saves its registers.
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0; }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}
bool has_avx512_bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16") != 0; }

// AMX's tiles are 8 KB for each thread, which Linux saves only for processes that ask for it.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  static const bool permitted = ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return permitted;
}

// Not every compiler's test knows AMX. The permission says that the system saves its registers.
bool has_amx() {
  constexpr unsigned kFeatures = 7, kAmxBf16 = 1U << 22, kAmxTile = 1U << 24;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return has_avx512_bf16() && __get_cpuid_count(kFeatures, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) != 0 &&
         (d & kAmxTile) != 0 && may_use_tiles();
}

}  // namespace

bool processor_runs(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return true;
    case InstructionSet::avx2:
      return has_avx2();
    case InstructionSet::avx512:
      return has_avx512();
    case InstructionSet::avx512_bf16:
      return has_avx512_bf16();
    case InstructionSet::amx:
      return has_amx();
    case InstructionSet::neon:
      return false;
  }
  return false;
}

}  // namespace c3d
