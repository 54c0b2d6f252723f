// What the network outputs, for comparing it with others: the timed computations, their results kept.
#pragma once

#include "tools/c3d_bench/net.h"

namespace c3d {

struct OutputChoice {
  bool logits = true, gradients = true;
};

// Host tensors: `logits` f32 [batch, classes] of inference; and of the mean cross-entropy, without dropout,
// the gradients, by the parameters' names (`conv1.weight` [K,C,kd,kh,kw] ...).
NamedTensors compute_outputs(Backend& backend, const OutputChoice& choice, const NetInput& input);

}  // namespace c3d
