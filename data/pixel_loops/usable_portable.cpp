// Compiled in place of usable_x86.cpp for other processors.
#include "data/pixel_loops/pixel_loops.h"

namespace c3d {

std::vector<const PixelLoops*> usable_pixel_loops() { return {&portable_pixel_loops()}; }

}  // namespace c3d
