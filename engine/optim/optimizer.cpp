#include "engine/optim/optimizer.h"

#include <array>

namespace c3d {
namespace {

constexpr std::array kRules{OptimizerRule::sgd, OptimizerRule::nesterov, OptimizerRule::caffe,
                            OptimizerRule::adamw};

bool trains(const ParameterSpec& spec, std::int64_t step) {
  return spec.trainable && spec.trains_from <= step;
}

bool moves_alike(const OptimizerRange& range, const ParameterSpec& spec) {
  return range.learning_rate_scale == spec.learning_rate_scale &&
         range.weight_decay_scale == spec.weight_decay_scale && range.first_step == spec.trains_from;
}

void check(const OptimizerOptions& options) {
  const auto is_share = [](float value) { return value >= 0 && value < 1; };
  expect(is_share(options.momentum), "optimizer: momentum is {}, it must be from 0 to below 1",
         options.momentum);
  expect(is_share(options.beta2), "optimizer: beta2 is {}, it must be from 0 to below 1", options.beta2);
  expect(options.epsilon > 0, "optimizer: epsilon is {}, it must be above 0", options.epsilon);
  expect(options.weight_decay >= 0 && options.clip_norm >= 0,
         "optimizer: weight decay {} and clipping norm {} must not be negative", options.weight_decay,
         options.clip_norm);
}

Buffer zeros(Backend& backend, const Shape& shape) {
  Buffer buffer =
      backend.allocate(static_cast<std::size_t>(shape.count()) * sizeof(float), MemoryKind::device);
  backend.zero(buffer.tensor(shape, DType::f32));
  return buffer;
}

}  // namespace

const char* to_string(OptimizerRule rule) {
  switch (rule) {
    case OptimizerRule::sgd:
      return "sgd";
    case OptimizerRule::nesterov:
      return "nesterov";
    case OptimizerRule::caffe:
      return "caffe";
    case OptimizerRule::adamw:
      return "adamw";
  }
  return "";
}

OptimizerRule parse_optimizer_rule(const std::string& text) {
  for (const OptimizerRule rule : kRules) {
    if (text == to_string(rule)) return rule;
  }
  fail("optimizer: `{}` is none of sgd, nesterov, caffe, adamw", text);
}

Optimizer::Optimizer(Backend& backend, ParameterStore& parameters, const OptimizerOptions& options)
    : backend_(backend), parameters_(parameters), options_(options) {
  check(options);
  expect(!ranges(0).empty(), "optimizer: no parameter is trainable from the first step; freeze fewer layers");
  const Shape all{parameters.element_count()};
  velocity_buffer_ = zeros(backend, all);
  velocity_ = velocity_buffer_.tensor(all, DType::f32);
  if (options.rule == OptimizerRule::adamw) {
    second_moment_buffer_ = zeros(backend, all);
    second_moment_ = second_moment_buffer_.tensor(all, DType::f32);
  }
  norm_buffer_ = zeros(backend, {1});
  gradient_norm_squared_ = norm_buffer_.tensor({1}, DType::f32);
}

// Neighbours that move alike become one range; the gaps between parameters hold zeros and stay zero.
std::vector<OptimizerRange> Optimizer::ranges(std::int64_t step) const {
  std::vector<OptimizerRange> ranges;
  bool previous_trains = false;
  for (std::int32_t index = 0; index < static_cast<std::int32_t>(parameters_.size()); ++index) {
    const ParameterSpec& spec = parameters_.specs()[static_cast<std::size_t>(index)];
    const std::int64_t first = parameters_.first_element({index});
    const std::int64_t last = first + spec.shape.count();
    const bool is_trained = trains(spec, step);
    if (previous_trains && is_trained && moves_alike(ranges.back(), spec)) {
      ranges.back().last = last;
    } else if (is_trained) {
      ranges.push_back({first, last, spec.learning_rate_scale, spec.weight_decay_scale, spec.trains_from});
    }
    previous_trains = is_trained;
  }
  return ranges;
}

void Optimizer::step(Tensor gradients, std::int64_t step, Tensor average) {
  for (std::int32_t index = 0; index < static_cast<std::int32_t>(parameters_.size()); ++index) {
    const ParameterSpec& spec = parameters_.specs()[static_cast<std::size_t>(index)];
    if (!spec.trainable || trains(spec, step)) continue;
    backend_.zero(gradients.rows(parameters_.first_element({index}), spec.shape.count()));
  }
  backend_.sum_of_squares(gradients, gradient_norm_squared_);
  const std::vector<OptimizerRange> trained = ranges(step);
  backend_.optimizer_step({.rule = options_.rule,
                           .momentum = options_.momentum,
                           .beta2 = options_.beta2,
                           .epsilon = options_.epsilon,
                           .weight_decay = options_.weight_decay,
                           .clip_norm = options_.clip_norm,
                           .gradient_norm_squared = gradient_norm_squared_,
                           .ranges = trained},
                          {.parameters_in_place = parameters_.all_values(),
                           .gradients = gradients,
                           .velocity_in_place = velocity_,
                           .second_moment_in_place = second_moment_,
                           .average_in_place = average,
                           .bf16_copy = parameters_.all_bf16()});
}

std::vector<StateArray> Optimizer::state_arrays() const {
  std::vector<StateArray> arrays{{"velocity", velocity_}};
  if (!second_moment_.empty()) arrays.push_back({"second_moment", second_moment_});
  return arrays;
}

}  // namespace c3d
