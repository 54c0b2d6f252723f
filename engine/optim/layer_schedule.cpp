#include "engine/optim/layer_schedule.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace c3d {

float layer_rate_scale(double decay, int layers_above) {
  expect(decay > 0 && decay <= 1, "learning rate: the decay {} of layers is not in (0, 1]", decay);
  expect(layers_above >= 0, "learning rate: a layer cannot lie below {} layers", layers_above);
  return static_cast<float>(std::pow(decay, layers_above));
}

std::int64_t trains_from(const GradualUnfreezing& unfreezing, int layers_above) {
  expect(
      unfreezing.every >= 0 && unfreezing.at_start > 0,
      "unfreezing: {} steps for each layer and {} layers at the start must not be negative, nor the layers 0",
      unfreezing.every, unfreezing.at_start);
  return unfreezing.every * std::max(layers_above - unfreezing.at_start + 1, 0);
}

double average_decay(const AverageOptions& options, std::int64_t step) {
  expect(options.decay >= 0 && options.decay < 1, "average: the decay {} is not in [0, 1)", options.decay);
  if (!options.warms_up) return options.decay;
  return std::min(options.decay, (1 + static_cast<double>(step)) / (10 + static_cast<double>(step)));
}

}  // namespace c3d
