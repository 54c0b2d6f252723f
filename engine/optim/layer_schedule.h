// What differs from layer to layer in fine-tuning, and how the average of the parameters warms up: pure
// functions, so that a resumed run needs to remember its step and nothing else. Layers are counted by how
// many lie above them: 0 is the classifier.
#pragma once

#include <cstdint>

namespace c3d {

// Layer-wise rate decay (ULMFiT, Howard and Ruder 2018; BEiT, Bao et al. 2021): decay^layers_above. The
// factor belongs into ParameterSpec::learning_rate_scale. decay 1: off.
float layer_rate_scale(double decay, int layers_above);

// Gradual unfreezing (Howard and Ruder 2018): the topmost `at_start` layers learn from step 0 on, and each
// further layer `every` steps after the one above it.
struct GradualUnfreezing {
  std::int64_t every = 0;  // 0: off, all learn from step 0 on
  int at_start = 1;
};
// For ParameterSpec::trains_from.
std::int64_t trains_from(const GradualUnfreezing& unfreezing, int layers_above);

// The decay of the parameters' exponential moving average in optimizer step `step`, counted from 0: constant,
// as timm's ModelEmaV3 has it, or with warm-up min(decay, (1 + step) / (10 + step)), as TensorFlow's
// ExponentialMovingAverage with num_updates: what the first steps see is soon forgotten.
struct AverageOptions {
  double decay = 0;  // 0: no average is kept
  bool warms_up = false;
};
double average_decay(const AverageOptions& options, std::int64_t step);

}  // namespace c3d
