#include "data/pixel_loops/pixel_loops.h"
#include "engine/core/instruction_set.h"

namespace c3d {

std::vector<const PixelLoops*> usable_pixel_loops() {
  std::vector<const PixelLoops*> loops;
  if (processor_runs(InstructionSet::neon)) loops.push_back(&neon_pixel_loops());
  loops.push_back(&portable_pixel_loops());
  return loops;
}

}  // namespace c3d
