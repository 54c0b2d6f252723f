#include "data/pixel_loops/pixel_loops.h"
#include "engine/core/instruction_set.h"

namespace c3d {

std::vector<const PixelLoops*> usable_pixel_loops() {
  std::vector<const PixelLoops*> loops;
  if (processor_runs(InstructionSet::avx512)) loops.push_back(&avx512_pixel_loops());
  if (processor_runs(InstructionSet::avx2)) loops.push_back(&avx2_pixel_loops());
  loops.push_back(&portable_pixel_loops());
  return loops;
}

}  // namespace c3d
