#include "data/augment/loops/loops.h"

namespace c3d {

const AugmentLoops& avx512_augment_loops() {
  static constexpr AugmentLoops kLoops = augment_loops_of<InstructionSet::avx512>();
  return kLoops;
}

}  // namespace c3d
