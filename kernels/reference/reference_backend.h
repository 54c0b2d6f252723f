// The reference backend: plain loops, one thread, sums in double. It is the definition of every op, and slow.
// f32, and bf16 storage around the same arithmetic.
#pragma once

#include <memory>

#include "engine/core/backend.h"

namespace c3d {

std::unique_ptr<Backend> make_reference_backend(Precision precision = Precision::f32);

}  // namespace c3d
