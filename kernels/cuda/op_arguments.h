// What Backend's ops are given, as the launchers' plain structs.
#pragma once

#include <cmath>

#include "engine/core/backend.h"
#include "engine/core/loss_rules.h"
#include "engine/core/optimizer_step.h"
#include "kernels/cuda/launch.h"

namespace c3d::cuda {

template <typename T, typename AnyTensor>
auto pointer_or_null(const AnyTensor& tensor) -> decltype(tensor.template as<T>()) {
  return tensor.empty() ? nullptr : tensor.template as<T>();
}

inline CrossEntropyArguments cross_entropy_arguments(const CrossEntropyRule& rule,
                                                     const CrossEntropyTargets& targets, const Shape& logits,
                                                     std::uint64_t* wrong_label) {
  return {.labels = pointer_or_null<std::int32_t>(targets.labels),
          .second_labels = pointer_or_null<std::int32_t>(targets.second_labels),
          .mix = pointer_or_null<float>(targets.mix),
          .class_weights = pointer_or_null<float>(rule.class_weights),
          .label_smoothing = rule.label_smoothing,
          .focal_gamma = rule.focal_gamma,
          .rows = logits[0],
          .classes = logits[1],
          .wrong_label = wrong_label};
}

inline ClipArguments clip_arguments(const Normalization& normalization, ConstTensor frames_u8,
                                    ConstTensor mean, ConstTensor crops_i32, Tensor x) {
  const Shape &from = frames_u8.shape(), &to = x.shape();
  return {.frames = frames_u8.as<std::uint8_t>(),
          .mean = mean.as<float>(),
          .crops = crops_i32.as<std::int32_t>(),
          .x = x.data(),
          .clips = to[0],
          .depth = to[1],
          .source_height = from[2],
          .source_width = from[3],
          .height = to[2],
          .width = to[3],
          .channels = to[4],
          .mean_is_cube = mean.shape().rank() > 1,
          .bgr = normalization.order == ColourOrder::bgr,
          .scale = normalization.scale};
}

inline SigmoidArguments sigmoid_arguments(ConstTensor positive_weights, ConstTensor targets,
                                          const Shape& logits) {
  return {.targets = pointer_or_null<float>(targets),
          .positive_weights = pointer_or_null<float>(positive_weights),
          .rows = logits[0],
          .classes = logits[1]};
}

inline UpdateArguments update_arguments(const OptimizerStep& step, const OptimizerArrays& arrays) {
  return {.momentum = step.momentum,
          .beta2 = step.beta2,
          .epsilon = step.epsilon,
          .weight_decay = step.weight_decay,
          .log_momentum = std::log(step.momentum),
          .log_beta2 = std::log(step.beta2),
          .clip_norm = step.clip_norm,
          .gradient_norm_squared = step.clip_norm > 0 ? step.gradient_norm_squared.as<float>() : nullptr,
          .parameters = arrays.parameters_in_place.as<float>(),
          .gradients = arrays.gradients.as<float>(),
          .velocity = arrays.velocity_in_place.as<float>(),
          .second_moment = pointer_or_null<float>(arrays.second_moment_in_place),
          .average = pointer_or_null<float>(arrays.average_in_place),
          .bf16_copy = arrays.bf16_copy.empty() ? nullptr : arrays.bf16_copy.data()};
}

}  // namespace c3d::cuda
