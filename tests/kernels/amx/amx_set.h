// The set of kernels with AMX, or null where this processor or system has none: its tests are then skipped.
#pragma once

#include <string_view>

#include "kernels/cpu/isa/kernel_sets.h"
#include "tests/support/skip.h"

namespace c3d::cpu {

inline const KernelSet* amx_set() {
  for (const KernelSet* set : usable_kernel_sets()) {
    if (std::string_view(set->name) == "amx") return set;
  }
  skip("this processor or system has no AMX");
  return nullptr;
}

}  // namespace c3d::cpu
