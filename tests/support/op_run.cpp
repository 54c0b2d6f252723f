#include "tests/support/op_run.h"

#include <utility>

namespace c3d {
namespace {

// Not 0, 0, 0, 1: a backend that ignores one of them shall be seen.
constexpr StepScalars kStepScalars{
    .seed = 11, .step = 3, .first_row = 2, .learning_rate = 0.1f, .loss_scale = 0.25f};

bool is_parameter(InputKind kind) {
  return kind == InputKind::parameter || kind == InputKind::frozen_parameter;
}

DType storage_type(InputKind kind, DType compute) {
  switch (kind) {
    case InputKind::frames:
      return DType::u8;
    case InputKind::integers:
      return DType::i32;
    case InputKind::parameter:
    case InputKind::frozen_parameter:
    case InputKind::constant:
    case InputKind::shares:
      return DType::f32;
    case InputKind::value:
    case InputKind::data:
      return compute;
  }
  return compute;
}

std::uint64_t input_seed(std::size_t input) { return 1000 + 17 * input; }
std::uint64_t gradient_seed(std::size_t result) { return 5000 + 17 * result; }

// Calls visit with a value of the element type.
template <typename Visit>
void with_type(DType type, const Visit& visit) {
  switch (type) {
    case DType::f32:
      return visit(float{});
    case DType::bf16:
      return visit(BFloat16{});
    case DType::u8:
      return visit(std::uint8_t{});
    case DType::i32:
      return visit(std::int32_t{});
    case DType::e4m3:
      return visit(Float8E4M3{});
  }
}

template <typename T>
T from_float(float value) {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return to_bfloat16(value);
  } else if constexpr (std::is_same_v<T, Float8E4M3>) {
    return to_e4m3(value);
  } else {
    return static_cast<T>(value);
  }
}

template <typename T>
float as_float(T value) {
  if constexpr (std::is_same_v<T, BFloat16> || std::is_same_v<T, Float8E4M3>) {
    return to_float(value);
  } else {
    return static_cast<float>(value);
  }
}

}  // namespace

OpRun::OpRun(Backend& backend, const OpCase& op_case, Mode mode)
    : backend_(backend), case_(op_case), tape_(backend, parameters_, mode) {
  const std::size_t count = case_.inputs.size();
  parameter_ids_.resize(count);
  vars_.resize(count);
  constant_tensors_.resize(count);
  values_.resize(count);
  bool any_parameter = false;
  for (std::size_t i = 0; i < count; ++i) {
    const OpInput& input = case_.inputs[i];
    if (!is_parameter(input.kind)) continue;
    any_parameter = true;
    parameter_ids_[i] = parameters_.declare(
        {.name = input.name, .shape = input.shape, .trainable = input.kind == InputKind::parameter});
  }
  if (any_parameter) parameters_.allocate(backend, mode == Mode::train);

  OpArguments arguments;
  for (std::size_t i = 0; i < count; ++i) {
    const OpInput& input = case_.inputs[i];
    const DType type = storage_type(input.kind, tape_.compute_type());
    if (input.kind == InputKind::constant) {
      constants_.push_back(backend.allocate(TensorSpec{input.shape, type}.bytes(), MemoryKind::device));
      constant_tensors_[i] = constants_.back().tensor(input.shape, type);
      arguments.constants.push_back(constant_tensors_[i]);
      continue;
    }
    vars_[i] = is_parameter(input.kind) ? tape_.parameter(parameter_ids_[i])
                                        : tape_.input({input.shape, type}, input.kind == InputKind::value);
    arguments.vars.push_back(vars_[i]);
  }
  results_ = case_.record(tape_, arguments);
  tape_.compile(results_);
  backend_.begin_step(kStepScalars);
  for (std::size_t i = 0; i < count; ++i) set_input(i, fill_input(case_.inputs[i], input_seed(i)));
}

bool OpRun::wants_gradient(std::size_t input) const {
  const InputKind kind = case_.inputs[input].kind;
  return kind == InputKind::value || kind == InputKind::parameter;
}

bool OpRun::has_backward() const {
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (wants_gradient(i)) return true;
  }
  return false;
}

Tensor OpRun::input_tensor(std::size_t index) const {
  const InputKind kind = case_.inputs[index].kind;
  if (kind == InputKind::constant) return constant_tensors_[index];
  return is_parameter(kind) ? parameters_.master(parameter_ids_[index]) : tape_.tensor(vars_[index]);
}

void OpRun::set_input(std::size_t index, std::vector<float> values) {
  const Tensor tensor = input_tensor(index);
  write(values, tensor);
  if (is_parameter(case_.inputs[index].kind)) parameters_.values_changed(backend_);
  values_[index] = tensor.type() == DType::f32 ? std::move(values) : read(tensor);
}

void OpRun::forward() {
  tape_.forward();
  backend_.synchronize();
}

void OpRun::backward() {
  for (std::size_t r = 0; r < results_.size(); ++r) {
    const Tensor gradient = tape_.gradient(results_[r]);
    if (!gradient.empty()) write(result_gradient(r), gradient);
  }
  tape_.backward();
  backend_.synchronize();
}

std::vector<std::vector<float>> OpRun::results() const {
  std::vector<std::vector<float>> all;
  for (const Var result : results_) all.push_back(read(tape_.tensor(result)));
  return all;
}

std::vector<float> OpRun::gradient(std::size_t input) const {
  return read(is_parameter(case_.inputs[input].kind) ? parameters_.gradient(parameter_ids_[input])
                                                     : tape_.gradient(vars_[input]));
}

double OpRun::objective() const {
  const std::vector<std::vector<float>> values = results();
  double sum = 0;
  if (case_.is_loss) {
    for (const float loss : values.back()) sum += static_cast<double>(kStepScalars.loss_scale) * loss;
    return sum;
  }
  for (std::size_t r = 0; r < values.size(); ++r) {
    const std::vector<float> weights = result_gradient(r);
    for (std::size_t i = 0; i < weights.size(); ++i) sum += static_cast<double>(weights[i]) * values[r][i];
  }
  return sum;
}

std::vector<float> OpRun::result_gradient(std::size_t result) const {
  return fill_input({.name = "gradient", .shape = tape_.spec(results_[result]).shape}, gradient_seed(result));
}

std::vector<float> OpRun::read(ConstTensor from) const {
  std::vector<float> values(static_cast<std::size_t>(from.count()));
  with_type(from.type(), [&](auto element) {
    using T = decltype(element);
    std::vector<T> host(values.size());
    backend_.copy(from, host_tensor(host.data(), from.shape()));
    backend_.synchronize();
    for (std::size_t i = 0; i < host.size(); ++i) values[i] = as_float(host[i]);
  });
  return values;
}

void OpRun::write(std::span<const float> values, Tensor to) {
  expect(values.size() == static_cast<std::size_t>(to.count()), "op run: {} values for {}", values.size(),
         to_string(to.shape()));
  with_type(to.type(), [&](auto element) {
    using T = decltype(element);
    std::vector<T> host(values.size());
    for (std::size_t i = 0; i < host.size(); ++i) host[i] = from_float<T>(values[i]);
    backend_.copy(host_tensor(host.data(), to.shape()), to);
    backend_.synchronize();
  });
}

}  // namespace c3d
