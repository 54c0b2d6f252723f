// Compiled for processors other than x86 and aarch64.
#include "engine/core/instruction_set.h"

namespace c3d {

bool processor_runs(InstructionSet set) { return set == InstructionSet::portable; }

}  // namespace c3d
