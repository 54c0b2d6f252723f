#include "data/augment/loops/augment_loops.h"
#include "engine/core/instruction_set.h"

namespace c3d {

std::vector<const AugmentLoops*> usable_augment_loops() {
  std::vector<const AugmentLoops*> loops;
  if (processor_runs(InstructionSet::avx512)) loops.push_back(&avx512_augment_loops());
  if (processor_runs(InstructionSet::avx2)) loops.push_back(&avx2_augment_loops());
  loops.push_back(&portable_augment_loops());
  return loops;
}

}  // namespace c3d
