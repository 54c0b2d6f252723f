// Compiled in place of usable_x86.cpp for other processors.
#include "data/augment/loops/augment_loops.h"

namespace c3d {

std::vector<const AugmentLoops*> usable_augment_loops() { return {&portable_augment_loops()}; }

}  // namespace c3d
