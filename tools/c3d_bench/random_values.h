// Values for what is timed: processors and GPUs compute zeros with less power, and faster.
#pragma once

#include "engine/core/backend.h"

namespace c3d {

// f32 and bf16: between -0.5 and 0.5, always the same; other types: zeros. Waits until they are there.
void fill_with_random(Backend& backend, const Tensor& tensor);

}  // namespace c3d
