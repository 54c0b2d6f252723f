#include <array>
#include <cmath>

#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

constexpr int kPartialSums = 256;

float clip_scale(const SgdStep& step) {
  if (step.clip_norm <= 0) return 1.0f;
  const float norm = std::sqrt(*step.gradient_norm_squared.as<float>());
  return norm > step.clip_norm ? step.clip_norm / norm : 1.0f;
}

}  // namespace

void sgd(const ElementwiseTeam& team, float learning_rate, const SgdStep& step, Tensor parameters,
         ConstTensor gradients, Tensor velocity, Tensor bf16_copy) {
  auto* w = parameters.as<float>();
  const auto* g = gradients.as<float>();
  auto* v = velocity.as<float>();
  BFloat16* copy = bf16_copy.empty() ? nullptr : bf16_copy.as<BFloat16>();
  const float scale = clip_scale(step);
  const auto step_piece = step.form == SgdForm::pytorch ? team.kernels->sgd_pytorch : team.kernels->sgd_caffe;
  for (const SgdRange& range : step.ranges) {
    const SgdNumbers numbers{.momentum = step.momentum,
                             .weight_decay = step.weight_decay * range.weight_decay_scale,
                             .learning_rate = learning_rate * range.learning_rate_scale,
                             .gradient_scale = scale};
    parallel_pieces(team.threads, range.last - range.first, kPieceElements,
                    [&](std::int64_t first, std::int64_t last) {
                      const std::int64_t at = range.first + first, count = last - first;
                      step_piece(numbers, w + at, g + at, v + at, count);
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
