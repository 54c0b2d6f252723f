#include "data/augment/loops/augment_loops.h"

namespace c3d {

const AugmentLoops& fastest_augment_loops() { return *usable_augment_loops().front(); }

}  // namespace c3d
