#include "data/pixel_loops/loops.h"
#include "data/pixel_loops/shuffle.h"

namespace c3d {

const PixelLoops& avx512_pixel_loops() {
  static constexpr PixelLoops kLoops = [] {
    PixelLoops loops = pixel_loops_of<InstructionSet::avx512>();
    loops.pick_bytes = ByteShuffle<InstructionSet::avx512>::pick_bytes;
    return loops;
  }();
  return kLoops;
}

}  // namespace c3d
