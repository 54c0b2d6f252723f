// Compiled for processors other than x86 and aarch64.
#include "data/pixel_loops/pixel_loops.h"

namespace c3d {

std::vector<const PixelLoops*> usable_pixel_loops() { return {&portable_pixel_loops()}; }

}  // namespace c3d
