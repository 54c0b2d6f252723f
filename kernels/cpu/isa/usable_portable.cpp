#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {

std::vector<const KernelSet*> usable_kernel_sets() { return {&portable_kernels()}; }

}  // namespace c3d::cpu
