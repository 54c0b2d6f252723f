// Compiled in place of instruction_set_x86.cpp for other processors.
#include "engine/core/instruction_set.h"

namespace c3d {

bool processor_runs(InstructionSet set) { return set == InstructionSet::portable; }

}  // namespace c3d
