// Which of the tables in kernels.h this processor can run. Usable from any thread.
#pragma once

#include <string_view>
#include <vector>

#include "kernels/cpu/isa/kernels.h"

namespace c3d::cpu {

// Best first; never empty. The first call asks the system to let this process use AMX's tiles, where there
// are any. At most one set of each name: "avx512" is the one with products of bf16 where the
// processor has them.
std::vector<const KernelSet*> usable_kernel_sets();

// "" means the best. Error: no usable set has this name.
const KernelSet& kernel_set(std::string_view name);

}  // namespace c3d::cpu
