// Before a backend's first result is believed: one small convolution, forward and backward, through the same
// calls as everything else, against plain loops on the host. Wrong libraries, drivers or kernels built for
// another GPU become one clear error, never a wrong number.
#pragma once

#include "engine/core/backend.h"

namespace c3d::cuda {

void self_check(Backend& backend);

}  // namespace c3d::cuda
