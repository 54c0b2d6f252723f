#include <cmath>

#include "kernels/reference/ops.h"
#include "kernels/reference/storage.h"

namespace c3d::reference {
namespace {

// One step's numbers for one range.
struct Rates {
  OptimizerRule rule;
  double momentum, beta2, epsilon, rate, decay;
  double velocity_share, second_moment_share;  // adamw: 1 - beta^t
};

Rates rates_of(const StepScalars& scalars, const OptimizerStep& step, const OptimizerRange& range) {
  const double updates = static_cast<double>(scalars.step) - static_cast<double>(range.first_step) + 1;
  return {.rule = step.rule,
          .momentum = load(step.momentum),
          .beta2 = load(step.beta2),
          .epsilon = load(step.epsilon),
          .rate = load(scalars.learning_rate) * load(range.learning_rate_scale),
          .decay = load(step.weight_decay) * load(range.weight_decay_scale),
          .velocity_share = 1 - std::pow(load(step.momentum), updates),
          .second_moment_share = 1 - std::pow(load(step.beta2), updates)};
}

void update(const Rates& r, double gradient, float& value, float& velocity) {
  const double total = gradient + r.decay * load(value);
  const bool caffe = r.rule == OptimizerRule::caffe, nesterov = r.rule == OptimizerRule::nesterov;
  store(velocity, r.momentum * load(velocity) + (caffe ? r.rate * total : total));
  const double direction = nesterov ? total + r.momentum * load(velocity) : load(velocity);
  store(value, load(value) - (caffe ? 1.0 : r.rate) * direction);
}

void update_adamw(const Rates& r, double gradient, float& value, float& velocity, float& second_moment) {
  store(velocity, r.momentum * load(velocity) + (1 - r.momentum) * gradient);
  store(second_moment, r.beta2 * load(second_moment) + (1 - r.beta2) * gradient * gradient);
  const double size = std::sqrt(load(second_moment) / r.second_moment_share) + r.epsilon;
  store(value, load(value) - r.rate * (r.decay * load(value) + load(velocity) / r.velocity_share / size));
}

}  // namespace

void optimizer_step(const StepScalars& scalars, const OptimizerStep& step, const OptimizerArrays& arrays) {
  double gradient_scale = 1;
  if (step.clip_norm > 0) {
    const double norm = std::sqrt(load(*step.gradient_norm_squared.as<float>()));
    if (norm > load(step.clip_norm)) gradient_scale = load(step.clip_norm) / norm;
  }
  float* values = arrays.parameters_in_place.as<float>();
  float* velocity = arrays.velocity_in_place.as<float>();
  for (const OptimizerRange& range : step.ranges) {
    const Rates rates = rates_of(scalars, step, range);
    for (std::int64_t i = range.first; i < range.last; ++i) {
      const double gradient = load(arrays.gradients.as<float>()[i]) * gradient_scale;
      if (step.rule == OptimizerRule::adamw) {
        update_adamw(rates, gradient, values[i], velocity[i], arrays.second_moment_in_place.as<float>()[i]);
      } else {
        update(rates, gradient, values[i], velocity[i]);
      }
      if (!arrays.average_in_place.empty()) {
        float& average = arrays.average_in_place.as<float>()[i];
        store(average, load(average) + (1 - load(scalars.average_decay)) * (load(values[i]) - load(average)));
      }
      if (!arrays.bf16_copy.empty()) arrays.bf16_copy.as<BFloat16>()[i] = to_bfloat16(values[i]);
    }
  }
}

}  // namespace c3d::reference
