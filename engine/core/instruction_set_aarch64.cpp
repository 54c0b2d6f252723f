#include "engine/core/instruction_set.h"

namespace c3d {

// Linux runs programs of this architecture on processors with NEON alone.
bool processor_runs(InstructionSet set) {
  return set == InstructionSet::portable || set == InstructionSet::neon;
}

}  // namespace c3d
