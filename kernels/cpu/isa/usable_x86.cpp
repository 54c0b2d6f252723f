#include "engine/core/instruction_set.h"
#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {

std::vector<const KernelSet*> usable_kernel_sets() {
  std::vector<const KernelSet*> sets;
  if (processor_runs(InstructionSet::amx)) sets.push_back(&amx_kernels());
  if (processor_runs(InstructionSet::avx512_bf16)) {
    sets.push_back(&avx512_bf16_kernels());
  } else if (processor_runs(InstructionSet::avx512)) {
    sets.push_back(&avx512_kernels());
  }
  if (processor_runs(InstructionSet::avx2)) sets.push_back(&avx2_kernels());
  sets.push_back(&portable_kernels());
  return sets;
}

}  // namespace c3d::cpu
