// oneDNN's own eight convolutions alone: what a CPU's whole network is compared with.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/c3d_bench/measurements.h"

namespace c3d {

// Empty where the build has no oneDNN. `training`: the two backward passes too (else 0).
std::optional<ConvolutionsAlone> measure_convolutions_alone(const BenchedNetwork& network,
                                                            Precision precision, int threads, int repeats,
                                                            bool training);

}  // namespace c3d
