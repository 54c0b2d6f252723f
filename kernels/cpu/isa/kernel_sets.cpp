#include "kernels/cpu/isa/kernel_sets.h"

#include <string>

#include "engine/core/error.h"

namespace c3d::cpu {

const KernelSet& kernel_set(std::string_view name) {
  const std::vector<const KernelSet*> sets = usable_kernel_sets();
  std::string names;
  for (const KernelSet* set : sets) {
    if (name.empty() || name == set->name) return *set;
    names += names.empty() ? set->name : std::string(", ") + set->name;
  }
  fail("this processor has no instruction set '{}': choose one of {}", name, names);
}

}  // namespace c3d::cpu
