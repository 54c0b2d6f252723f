// The facts of c3d/weights.h, taken from tensors in memory.
#pragma once

#include <vector>

#include "c3d/weights.h"
#include "engine/io/named_tensors.h"

namespace c3d {

std::vector<TensorSummary> summaries_of(const NamedTensors& tensors);
std::vector<TensorDifference> differences(const NamedTensors& a, const NamedTensors& b);

}  // namespace c3d
