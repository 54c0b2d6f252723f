// Backend's losses and its optimizer: each checks what its contract in backend.h asks for, and lets the
// backend compute. Messages begin with the op's name.
#include <cmath>

#include "engine/core/backend.h"
#include "engine/core/op_checks.h"

namespace c3d {
namespace {

constexpr const char* kSoftmax = "softmax_cross_entropy";
constexpr const char* kSigmoid = "sigmoid_cross_entropy";
constexpr const char* kOptimizer = "optimizer";

void check_logits(const char* op, const Shape& logits) {
  expect(logits.rank() == 2 && logits[1] > 0, "{}: logits {} must be [N, classes]", op, logits);
}

// Empty: every class weighs 1.
void check_class_weights(const char* op, const char* name, ConstTensor weights, std::int64_t classes) {
  check_optional(op, name, weights, {classes}, DType::f32);
  for (std::int64_t c = 0; !weights.empty() && c < classes && on_host(weights); ++c) {
    const float weight = weights.as<float>()[c];
    expect(weight >= 0 && std::isfinite(weight),
           "{}: class {} has weight {}, but a weight is a number from 0 on", op, c, weight);
  }
}

// Of label sets; negative ones count for nothing.
void check_shares(ConstTensor targets, const Shape& logits) {
  for (std::int64_t i = 0; !targets.empty() && i < logits.count() && on_host(targets); ++i) {
    const float share = targets.as<float>()[i];
    expect(share <= 1, "{}: row {} has a target of {}, but a target is at most 1", kSigmoid, i / logits[1],
           share);
  }
}

void check_rule(const CrossEntropyRule& rule, std::int64_t classes) {
  expect(rule.label_smoothing >= 0 && rule.label_smoothing < 1, "{}: label smoothing of {} is not in [0, 1)",
         kSoftmax, rule.label_smoothing);
  expect(rule.focal_gamma >= 0 && std::isfinite(rule.focal_gamma),
         "{}: the focal gamma is {}, but it must be a number from 0 on", kSoftmax, rule.focal_gamma);
  check_class_weights(kSoftmax, "class weights", rule.class_weights, classes);
}

void check_labels(const char* name, ConstTensor labels, const Shape& logits) {
  check_tensor(kSoftmax, name, labels, {logits[0]}, DType::i32);
  for (std::int64_t n = 0; n < logits[0] && on_host(labels); ++n) {
    const std::int32_t label = labels.as<std::int32_t>()[n];
    expect(label >= -1 && label < logits[1], "{}: row {} has label {}, but there are {} classes", kSoftmax, n,
           label, logits[1]);
  }
}

void check_targets(const CrossEntropyTargets& targets, const Shape& logits) {
  check_labels("labels", targets.labels, logits);
  expect(targets.second_labels.empty() == targets.mix.empty(),
         "{}: second labels and their mix come together or not at all", kSoftmax);
  if (targets.mix.empty()) return;
  check_labels("second labels", targets.second_labels, logits);
  check_tensor(kSoftmax, "mix", targets.mix, {logits[0]}, DType::f32);
  for (std::int64_t n = 0; n < logits[0] && on_host(targets.mix); ++n) {
    const float mix = targets.mix.as<float>()[n];
    expect(mix >= 0 && mix <= 1, "{}: row {} has a mix of {}, but a share is from 0 to 1", kSoftmax, n, mix);
  }
}

}  // namespace

void Backend::softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                            const CrossEntropyTargets& targets, Tensor probabilities,
                                            Tensor losses) {
  const Shape& shape = logits.shape();
  check_logits(kSoftmax, shape);
  expect(targets.labels.empty() == losses.empty(), "{}: labels and losses come together or not at all",
         kSoftmax);
  check_rule(rule, shape[1]);
  check_type(kSoftmax, "logits", logits, compute_type(precision()));
  check_tensor(kSoftmax, "probabilities", probabilities, shape, DType::f32);
  check_optional(kSoftmax, "losses", losses, {shape[0]}, DType::f32);
  if (!targets.labels.empty()) check_targets(targets, shape);
  do_softmax_cross_entropy_forward(rule, logits, targets, probabilities, losses);
}

void Backend::softmax_cross_entropy_backward(const CrossEntropyRule& rule, ConstTensor probabilities,
                                             const CrossEntropyTargets& targets, Tensor dlogits) {
  const Shape& shape = dlogits.shape();
  check_tensor(kSoftmax, "dlogits", dlogits, probabilities.shape(), compute_type(precision()));
  check_tensor(kSoftmax, "probabilities", probabilities, shape, DType::f32);
  check_logits(kSoftmax, shape);
  check_rule(rule, shape[1]);
  check_targets(targets, shape);
  do_softmax_cross_entropy_backward(rule, probabilities, targets, dlogits);
}

void Backend::sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits,
                                            ConstTensor targets, Tensor probabilities, Tensor losses) {
  const Shape& shape = logits.shape();
  check_logits(kSigmoid, shape);
  expect(targets.empty() == losses.empty(), "{}: targets and losses come together or not at all", kSigmoid);
  check_class_weights(kSigmoid, "positive weights", positive_weights, shape[1]);
  check_type(kSigmoid, "logits", logits, compute_type(precision()));
  check_optional(kSigmoid, "targets", targets, shape, DType::f32);
  check_shares(targets, shape);
  check_tensor(kSigmoid, "probabilities", probabilities, shape, DType::f32);
  check_optional(kSigmoid, "losses", losses, {shape[0]}, DType::f32);
  do_sigmoid_cross_entropy_forward(positive_weights, logits, targets, probabilities, losses);
}

void Backend::sigmoid_cross_entropy_backward(ConstTensor positive_weights, ConstTensor probabilities,
                                             ConstTensor targets, Tensor dlogits) {
  const Shape& shape = dlogits.shape();
  check_tensor(kSigmoid, "dlogits", dlogits, probabilities.shape(), compute_type(precision()));
  check_logits(kSigmoid, shape);
  check_class_weights(kSigmoid, "positive weights", positive_weights, shape[1]);
  check_tensor(kSigmoid, "probabilities", probabilities, shape, DType::f32);
  check_tensor(kSigmoid, "targets", targets, shape, DType::f32);
  check_shares(targets, shape);
  do_sigmoid_cross_entropy_backward(positive_weights, probabilities, targets, dlogits);
}

void Backend::optimizer_step(const OptimizerStep& step, const OptimizerArrays& arrays) {
  const Shape& shape = arrays.parameters_in_place.shape();
  const bool is_adamw = step.rule == OptimizerRule::adamw;
  check_type(kOptimizer, "parameters", arrays.parameters_in_place, DType::f32);
  check_tensor(kOptimizer, "gradients", arrays.gradients, shape, DType::f32);
  check_tensor(kOptimizer, "velocity", arrays.velocity_in_place, shape, DType::f32);
  expect(is_adamw != arrays.second_moment_in_place.empty(),
         "{}: adamw has a second moment, and no other rule", kOptimizer);
  check_optional(kOptimizer, "second moment", arrays.second_moment_in_place, shape, DType::f32);
  check_optional(kOptimizer, "average", arrays.average_in_place, shape, DType::f32);
  check_optional(kOptimizer, "the bf16 copy", arrays.bf16_copy, shape, DType::bf16);
  if (step.clip_norm > 0) {
    check_tensor(kOptimizer, "gradient_norm_squared", step.gradient_norm_squared, {1}, DType::f32);
  }
  for (const OptimizerRange& range : step.ranges) {
    expect(range.first >= 0 && range.first <= range.last && range.last <= shape.count(),
           "{}: elements {} to {} are not among the {} parameters", kOptimizer, range.first, range.last,
           shape.count());
  }
  do_optimizer_step(step, arrays);
}

}  // namespace c3d
