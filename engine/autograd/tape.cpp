#include "engine/autograd/tape.h"

#include <algorithm>
#include <utility>

#include "engine/autograd/memory_plan.h"

namespace c3d {

// Positions in time: forward of op i is i, backward of op i is 2 n - 1 - i.
struct Tape::Request {
  Tensor* target;
  TensorSpec spec;
  Lifetime life;
};

Tape::Tape(Backend& backend, const ParameterStore& parameters, Mode mode)
    : backend_(backend), parameters_(parameters), mode_(mode) {}

Var Tape::input(const TensorSpec& spec, bool wants_gradient) {
  expect(!compiled_, "tape: an input is recorded after compile()");
  Value value;
  value.spec = spec;
  value.is_input = true;
  value.wants_gradient = wants_gradient && mode_ == Mode::train;
  values_.push_back(value);
  return {static_cast<std::int32_t>(values_.size() - 1)};
}

Var Tape::parameter(ParameterId id) {
  expect(!compiled_, "tape: a parameter is recorded after compile()");
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].parameter == id.index) return {static_cast<std::int32_t>(i)};
  }
  Value value;
  value.tensor = parameters_.value(id);
  value.spec = {value.tensor.shape(), value.tensor.type()};
  value.parameter = id.index;
  value.wants_gradient =
      mode_ == Mode::train && parameters_.specs()[static_cast<std::size_t>(id.index)].trainable;
  if (value.wants_gradient) value.gradient = parameters_.gradient(id);
  values_.push_back(value);
  return {static_cast<std::int32_t>(values_.size() - 1)};
}

std::vector<Var> Tape::append(std::unique_ptr<Op> op, std::span<const Var> inputs,
                              std::span<const TensorSpec> outputs, std::span<const TensorSpec> saved) {
  expect(!compiled_, "tape: {} is appended after compile()", op->name());
  expect(op->is_loss() || outputs.size() == 1, "tape: {} has {} outputs; only an op that ends in a loss may",
         op->name(), outputs.size());
  Node node;
  node.name = op->name();
  node.label = label_.empty() ? node.name : label_;
  bool wants_gradient = false;
  for (const Var input : inputs) {
    node.inputs.push_back(input.id);
    wants_gradient = wants_gradient || values_.at(static_cast<std::size_t>(root(input.id))).wants_gradient;
  }
  if (mode_ == Mode::train) node.saved_specs.assign(saved.begin(), saved.end());
  std::vector<Var> results;
  for (const TensorSpec& spec : outputs) {
    Value value;
    value.spec = spec;
    value.producer = static_cast<std::int32_t>(nodes_.size());
    value.wants_gradient = wants_gradient && !op->is_loss();
    values_.push_back(value);
    node.outputs.push_back(static_cast<std::int32_t>(values_.size() - 1));
    results.push_back({node.outputs.back()});
  }
  node.runs_backward = wants_gradient && op->is_loss();
  node.op = std::move(op);
  nodes_.push_back(std::move(node));
  return results;
}

Var Tape::reshape(Var value, const Shape& shape) {
  expect(!compiled_, "tape: a reshape is recorded after compile()");
  Value alias;
  alias.spec = spec(value);
  expect(alias.spec.shape.count() == shape.count(), "tape: {} cannot be viewed as {}",
         to_string(alias.spec.shape), to_string(shape));
  alias.spec.shape = shape;
  alias.alias_of = root(value.id);
  values_.push_back(alias);
  return {static_cast<std::int32_t>(values_.size() - 1)};
}

const TensorSpec& Tape::spec(Var value) const { return values_.at(static_cast<std::size_t>(value.id)).spec; }

std::int32_t Tape::root(std::int32_t value) const {
  const std::int32_t alias_of = values_.at(static_cast<std::size_t>(value)).alias_of;
  return alias_of >= 0 ? alias_of : value;
}

void Tape::compile(std::span<const Var> results) {
  expect(!compiled_ && !nodes_.empty(), "tape: compile() wants a recorded tape, once");
  for (const Var result : results) {
    Value& value = values_.at(static_cast<std::size_t>(root(result.id)));
    value.is_result = true;
  }
  std::vector<Request> requests;
  plan_gradients(requests);  // decides which ops run backward, so it comes first
  plan_values(requests);
  bind(requests);
  compiled_ = true;
}

// Gradients live from the first op that writes them, in backward order, to the op that made the value. The
// first consumer writes, each later one computes aside and adds.
void Tape::plan_gradients(std::vector<Request>& requests) {
  const int count = static_cast<int>(nodes_.size());
  const int end = 2 * count;
  std::vector<int> first_write(values_.size(), -1);
  std::vector<bool> has_consumer(values_.size(), false);
  for (const Node& node : nodes_) {
    for (const std::int32_t input : node.inputs) has_consumer[static_cast<std::size_t>(root(input))] = true;
  }
  for (std::size_t v = 0; v < values_.size(); ++v) {
    const Value& value = values_[v];
    const bool starts_backward =
        value.is_result && value.wants_gradient && value.producer >= 0 && !has_consumer[v];
    if (starts_backward) first_write[v] = 0;  // the caller writes it at any time
  }
  for (int i = count - 1; i >= 0; --i) {
    Node& node = nodes_[static_cast<std::size_t>(i)];
    for (const std::int32_t output : node.outputs) {
      if (first_write[static_cast<std::size_t>(output)] >= 0) node.runs_backward = true;
    }
    node.input_gradients.resize(node.inputs.size());
    node.gradient_sums.resize(node.inputs.size());
    if (!node.runs_backward) continue;
    const int now = 2 * count - 1 - i;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      const auto v = static_cast<std::size_t>(root(node.inputs[slot]));
      if (!values_[v].wants_gradient) continue;
      if (first_write[v] < 0) {
        first_write[v] = now;
        continue;
      }
      // bind() finds the slot filled and adds it to the value's gradient.
      const DType type = values_[v].parameter >= 0 ? DType::f32 : values_[v].spec.type;
      requests.push_back({&node.input_gradients[slot], {values_[v].spec.shape, type}, {0, now, now}});
    }
  }
  for (std::size_t v = 0; v < values_.size(); ++v) {
    Value& value = values_[v];
    if (first_write[v] < 0 || value.parameter >= 0) continue;
    const int last = value.producer >= 0 ? 2 * count - 1 - value.producer : end;
    requests.push_back({&value.gradient, value.spec, {0, first_write[v], last}});
  }
}

void Tape::plan_values(std::vector<Request>& requests) {
  const int count = static_cast<int>(nodes_.size());
  const int end = 2 * count;
  std::vector<int> last_use(values_.size(), 0);
  for (int i = 0; i < count; ++i) {
    Node& node = nodes_[static_cast<std::size_t>(i)];
    const int backward = 2 * count - 1 - i;
    const BackwardReads reads = node.op->backward_reads();
    const auto use = [&](std::int32_t value, bool read_in_backward) {
      int& last = last_use[static_cast<std::size_t>(root(value))];
      last = std::max(last, read_in_backward && node.runs_backward ? backward : i);
    };
    for (const std::int32_t input : node.inputs) use(input, reads.inputs);
    for (const std::int32_t output : node.outputs) use(output, reads.outputs);
    node.saved.resize(node.saved_specs.size());
    for (std::size_t s = 0; s < node.saved.size(); ++s) {
      requests.push_back({&node.saved[s], node.saved_specs[s], {0, i, node.runs_backward ? backward : i}});
    }
  }
  for (std::size_t v = 0; v < values_.size(); ++v) {
    Value& value = values_[v];
    if (value.parameter >= 0 || value.alias_of >= 0) continue;
    const int first = value.is_input ? 0 : value.producer;
    const int last = value.is_input || value.is_result ? end : last_use[v];
    requests.push_back({&value.tensor, value.spec, {0, first, last}});
  }
}

void Tape::bind(const std::vector<Request>& requests) {
  std::vector<Lifetime> lifetimes;
  lifetimes.reserve(requests.size());
  for (const Request& request : requests) {
    lifetimes.push_back({request.spec.bytes(), request.life.first_use, request.life.last_use});
  }
  const MemoryPlan plan = plan_memory(lifetimes);
  arena_ = backend_.allocate(plan.total_bytes, MemoryKind::device);
  backend_.zero(arena_.tensor({static_cast<std::int64_t>(plan.total_bytes)}, DType::u8));
  for (std::size_t r = 0; r < requests.size(); ++r) {
    *requests[r].target = arena_.tensor(requests[r].spec.shape, requests[r].spec.type, plan.offsets[r]);
  }
  for (Value& value : values_) {
    if (value.alias_of < 0) continue;
    const Value& source = values_[static_cast<std::size_t>(value.alias_of)];
    value.tensor = source.tensor.reshaped(value.spec.shape);
    if (!source.gradient.empty()) value.gradient = source.gradient.reshaped(value.spec.shape);
  }
  for (Node& node : nodes_) {
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      const Value& value = values_[static_cast<std::size_t>(node.inputs[slot])];
      node.input_tensors.push_back(value.tensor);
      if (!node.runs_backward) continue;
      Tensor& gradient = node.input_gradients[slot];
      if (gradient.empty()) {
        gradient = value.gradient;
      } else {
        gradient = gradient.reshaped(value.spec.shape);
        node.gradient_sums[slot] = value.gradient;
      }
    }
    for (const std::int32_t output : node.outputs) {
      node.output_tensors.push_back(values_[static_cast<std::size_t>(output)].tensor);
      node.output_gradients.push_back(values_[static_cast<std::size_t>(output)].gradient);
    }
  }
}

void Tape::run(int position, Direction direction) {
  const Node& node = nodes_[static_cast<std::size_t>(position)];
  const OpContext context{backend_,
                          mode_,
                          node.input_tensors,
                          node.output_tensors,
                          node.saved,
                          node.input_gradients,
                          node.output_gradients};
  const OpEvent event{position, node.name, node.label, direction, context};
  if (observer_ != nullptr) observer_->before(event);
  try {
    if (direction == Direction::forward) {
      node.op->forward(context);
    } else {
      node.op->backward(context);
      for (std::size_t slot = 0; slot < node.gradient_sums.size(); ++slot) {
        if (!node.gradient_sums[slot].empty()) {
          backend_.accumulate(node.input_gradients[slot], node.gradient_sums[slot]);
        }
      }
    }
  } catch (Error& error) {
    error.add_context(fmt::format(
        "in {} of {} ({})", direction == Direction::forward ? "forward" : "backward", node.label, node.name));
    throw;
  }
  if (observer_ != nullptr) observer_->after(event);
}

void Tape::forward() {
  expect(compiled_, "tape: forward() before compile()");
  for (int i = 0; i < static_cast<int>(nodes_.size()); ++i) run(i, Direction::forward);
}

void Tape::backward(const std::function<void(int position)>& after_op) {
  expect(compiled_ && mode_ == Mode::train, "tape: backward() wants a compiled tape in training mode");
  for (int i = static_cast<int>(nodes_.size()) - 1; i >= 0; --i) {
    if (!nodes_[static_cast<std::size_t>(i)].runs_backward) continue;
    run(i, Direction::backward);
    after_op(i);
  }
}

std::optional<int> Tape::gradient_is_whole_after(ParameterId id) const {
  expect(compiled_, "tape: a gradient is asked for before compile()");
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!node.runs_backward) continue;
    for (const std::int32_t input : node.inputs) {
      const Value& value = values_[static_cast<std::size_t>(root(input))];
      if (value.parameter == id.index && value.wants_gradient) return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

Tensor Tape::tensor(Var value) const { return values_.at(static_cast<std::size_t>(value.id)).tensor; }

Tensor Tape::gradient(Var value) const { return values_.at(static_cast<std::size_t>(value.id)).gradient; }

}  // namespace c3d
