#include "c3d/training/label_heat.h"

namespace c3d {

bool provide_heat(HeatStrips& /*strips*/, const std::vector<HeatVideo>& /*wanted*/,
                  const HeatWork& /*work*/) {
  return false;
}

}  // namespace c3d
