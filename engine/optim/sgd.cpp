#include "engine/optim/sgd.h"

namespace c3d {
namespace {

// Neighbours with equal scales become one range; the gaps between parameters hold zeros and stay zero.
std::vector<SgdRange> ranges_of(const ParameterStore& parameters) {
  std::vector<SgdRange> ranges;
  bool previous_trains = false;
  for (std::int32_t index = 0; index < static_cast<std::int32_t>(parameters.size()); ++index) {
    const ParameterSpec& spec = parameters.specs()[static_cast<std::size_t>(index)];
    const std::int64_t first = parameters.first_element({index});
    const std::int64_t last = first + spec.shape.count();
    const bool extends = previous_trains && spec.trainable &&
                         ranges.back().learning_rate_scale == spec.learning_rate_scale &&
                         ranges.back().weight_decay_scale == spec.weight_decay_scale;
    if (extends) {
      ranges.back().last = last;
    } else if (spec.trainable) {
      ranges.push_back({first, last, spec.learning_rate_scale, spec.weight_decay_scale});
    }
    previous_trains = spec.trainable;
  }
  return ranges;
}

}  // namespace

Sgd::Sgd(Backend& backend, ParameterStore& parameters, const SgdOptions& options)
    : backend_(backend), parameters_(parameters), options_(options), ranges_(ranges_of(parameters)) {
  expect(options.momentum >= 0 && options.momentum < 1, "sgd: momentum is {}, it must be from 0 to below 1",
         options.momentum);
  expect(options.weight_decay >= 0 && options.clip_norm >= 0,
         "sgd: weight decay {} and clipping norm {} must not be negative", options.weight_decay,
         options.clip_norm);
  expect(!ranges_.empty(), "sgd: no parameter is trainable; freeze fewer layers");
  const Shape shape{parameters.element_count()};
  velocity_buffer_ =
      backend.allocate(static_cast<std::size_t>(shape.count()) * sizeof(float), MemoryKind::device);
  velocity_ = velocity_buffer_.tensor(shape, DType::f32);
  norm_buffer_ = backend.allocate(sizeof(float), MemoryKind::device);
  gradient_norm_squared_ = norm_buffer_.tensor({1}, DType::f32);
  backend.zero(velocity_);
  backend.zero(gradient_norm_squared_);
}

void Sgd::step(ConstTensor gradients) {
  backend_.sum_of_squares(gradients, gradient_norm_squared_);
  SgdStep step;
  step.form = options_.form;
  step.momentum = options_.momentum;
  step.weight_decay = options_.weight_decay;
  step.clip_norm = options_.clip_norm;
  step.gradient_norm_squared = gradient_norm_squared_;
  step.ranges = ranges_;
  backend_.sgd_step(step, parameters_.all_values(), gradients, velocity_, parameters_.all_bf16());
}

}  // namespace c3d
