#include "engine/core/instruction_set.h"
#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {

std::vector<const KernelSet*> usable_kernel_sets() {
  std::vector<const KernelSet*> sets;
  if (processor_runs(InstructionSet::neon)) sets.push_back(&neon_kernels());
  sets.push_back(&portable_kernels());
  return sets;
}

}  // namespace c3d::cpu
