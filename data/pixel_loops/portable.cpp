#include "data/pixel_loops/loops.h"

namespace c3d {

const PixelLoops& portable_pixel_loops() {
  static constexpr PixelLoops kLoops = pixel_loops_of<InstructionSet::portable>();
  return kLoops;
}

}  // namespace c3d
