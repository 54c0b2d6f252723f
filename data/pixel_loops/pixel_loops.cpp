#include "data/pixel_loops/pixel_loops.h"

namespace c3d {

const PixelLoops& fastest_pixel_loops() { return *usable_pixel_loops().front(); }

}  // namespace c3d
