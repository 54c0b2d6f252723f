#include <array>
#include <cmath>

#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

constexpr int kPartialSums = 256;

float clip_scale(const OptimizerStep& step) {
  if (step.clip_norm <= 0) return 1.0f;
  const float norm = std::sqrt(*step.gradient_norm_squared.as<float>());
  return norm > step.clip_norm ? step.clip_norm / norm : 1.0f;
}

OptimizerLoop loop_of(const ElementwiseKernels& kernels, OptimizerRule rule) {
  switch (rule) {
    case OptimizerRule::sgd:
      return kernels.sgd;
    case OptimizerRule::nesterov:
      return kernels.nesterov;
    case OptimizerRule::caffe:
      return kernels.caffe;
    case OptimizerRule::adamw:
      return kernels.adamw;
  }
  return nullptr;
}

// 1 / (1 - beta^updates)
float bias_correction(float beta, std::int64_t updates) {
  return static_cast<float>(1 / (1 - std::pow(static_cast<double>(beta), static_cast<double>(updates))));
}

OptimizerNumbers numbers_of(const StepScalars& scalars, const OptimizerStep& step,
                            const OptimizerRange& range) {
  OptimizerNumbers numbers{.momentum = step.momentum,
                           .weight_decay = step.weight_decay * range.weight_decay_scale,
                           .learning_rate = scalars.learning_rate * range.learning_rate_scale,
                           .gradient_scale = clip_scale(step)};
  if (step.rule != OptimizerRule::adamw) return numbers;
  const std::int64_t updates = static_cast<std::int64_t>(scalars.step) - range.first_step + 1;
  numbers.beta2 = step.beta2;
  numbers.epsilon = step.epsilon;
  numbers.velocity_scale = bias_correction(step.momentum, updates);
  numbers.second_moment_scale = bias_correction(step.beta2, updates);
  return numbers;
}

template <typename T>
T* elements_of(Tensor tensor) {
  return tensor.empty() ? nullptr : tensor.as<T>();
}

}  // namespace

void optimizer(const ElementwiseTeam& team, const StepScalars& scalars, const OptimizerStep& step,
               const OptimizerArrays& arrays) {
  auto* w = arrays.parameters_in_place.as<float>();
  const auto* g = arrays.gradients.as<float>();
  auto* v = arrays.velocity_in_place.as<float>();
  auto* s = elements_of<float>(arrays.second_moment_in_place);
  auto* average = elements_of<float>(arrays.average_in_place);
  auto* copy = elements_of<BFloat16>(arrays.bf16_copy);
  const OptimizerLoop step_piece = loop_of(*team.kernels, step.rule);
  for (const OptimizerRange& range : step.ranges) {
    const OptimizerNumbers numbers = numbers_of(scalars, step, range);
    parallel_pieces(team.threads, range.last - range.first, kPieceElements,
                    [&](std::int64_t first, std::int64_t last) {
                      const std::int64_t at = range.first + first, count = last - first;
                      step_piece(numbers, w + at, g + at, v + at, s == nullptr ? nullptr : s + at, count);
                      if (average != nullptr) {
                        team.kernels->average(1 - scalars.average_decay, w + at, average + at, count);
                      }
                      if (copy != nullptr) team.kernels->round(w + at, copy + at, count);
                    });
  }
}

float sum_of_squares(const ElementwiseTeam& team, ConstTensor values) {
  const auto* elements = values.as<float>();
  const std::int64_t count = values.count();
  const std::int64_t piece = std::max<std::int64_t>((count + kPartialSums - 1) / kPartialSums, 1);
  std::array<double, kPartialSums> sums{};
  parallel_pieces(team.threads, count, piece, [&](std::int64_t first, std::int64_t last) {
    sums[static_cast<std::size_t>(first / piece)] =
        team.kernels->sum_of_squares(elements + first, last - first);
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return static_cast<float>(total);
}

}  // namespace c3d::cpu
