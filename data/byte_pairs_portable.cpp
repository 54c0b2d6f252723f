// Compiled in place of byte_pairs_x86.cpp for other processors.
#include "data/byte_pairs.h"

namespace c3d {

PickBytes fastest_pick_bytes() { return pick_bytes_plainly; }

}  // namespace c3d
