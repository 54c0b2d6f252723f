// Every op of a C3D at its real shapes, forward and backward, alone on a backend.
#pragma once

#include "tools/c3d_bench/measurements.h"
#include "tools/c3d_bench/probes.h"
#include "tools/c3d_bench/stopwatch.h"

namespace c3d {

// `probes` measure anew what changes with the processor's clock before each op. Shares are left out.
std::vector<OpTime> measure_ops(Backend& backend, const Stopwatch& stopwatch, const BenchedNetwork& network,
                                Probes& probes);

// The ops that a network in fp8 has of its own: conv2 with its pool to fc7.
std::vector<OpTime> measure_e4m3_ops(Backend& backend, const Stopwatch& stopwatch,
                                     const BenchedNetwork& network);

// Of C3D's convolutions alone: each forward, and where `training` also backward.
std::vector<OpTime> measure_convolutions(Backend& backend, const Stopwatch& stopwatch,
                                         const BenchedNetwork& network, bool training);
// The times of the convolutions among the ops of a batch.
ConvolutionsAlone sum_of_convolutions(const std::vector<OpTime>& ops, std::int64_t batch);

}  // namespace c3d
