// The whole of C3D: inference (frames to probabilities) and a training step (frames to updated parameters).
#pragma once

#include "tools/c3d_bench/measurements.h"
#include "tools/c3d_bench/net.h"
#include "tools/c3d_bench/stopwatch.h"

namespace c3d {

struct NetChoice {
  bool inference = true, training = true;
};

// Fills inference, training, parameters and the memory figures.
void measure_net(Backend& backend, const Stopwatch& stopwatch, const NetChoice& choice, const NetInput& input,
                 Measurements& measurements);

}  // namespace c3d
