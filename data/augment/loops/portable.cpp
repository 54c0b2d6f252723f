#include "data/augment/loops/loops.h"

namespace c3d {

const AugmentLoops& portable_augment_loops() {
  static constexpr AugmentLoops kLoops = augment_loops_of<InstructionSet::portable>();
  return kLoops;
}

}  // namespace c3d
