// The tape: record a network once, compile() plans all its memory, then replay it every step in that same
// memory. Nothing is allocated and no graph is built in a step.
//
//   Tape tape(backend, parameters, Mode::train);
//   const Var clip = tape.input({{30, 16, 112, 112, 8}, DType::f32});
//   const Var y = linear(tape, flatten, weight, bias);          // functions of engine/ops append operations
//   tape.compile(results);                                       // lifetimes -> plan_memory -> one Buffer
//   loop: backend.copy(batch, tape.tensor(clip)); tape.forward(); tape.backward();
//
// A value may have several consumers: their gradients are added. Gradients are computed only where a
// trainable parameter (or an input that wants its gradient) lies upstream. One thread drives a tape; it
// borrows backend and parameters.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/autograd/parameter_store.h"
#include "engine/core/backend.h"

namespace c3d {

struct Var {  // a value on the tape, by number
  std::int32_t id = -1;
};

struct TensorSpec {
  Shape shape;
  DType type = DType::f32;
  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * size_of(type); }
};

enum class Mode : std::uint8_t { train, infer };  // infer: no backward, each value freed after its last use

struct OpContext {  // all an op may touch while it runs
  Backend& backend;
  Mode mode;
  std::span<const Tensor> inputs, outputs;
  std::span<const Tensor> saved;  // what forward leaves for backward (a pool's argmax); empty in inference
  std::span<const Tensor> input_gradients;  // to be overwritten; an empty Tensor is not wanted
  // Of the outputs; an op may write over them, they are not used after it. Empty for an op that ends in a
  // loss.
  std::span<const Tensor> output_gradients;
};

// The values that backward reads; nothing else is kept for it.
struct BackwardReads {
  bool inputs = false, outputs = false;
};

class Op {
 public:
  virtual ~Op() = default;
  virtual std::string name() const = 0;  // "conv3d"
  virtual BackwardReads backward_reads() const = 0;
  virtual bool is_loss() const { return false; }  // backward starts here: no gradient comes from above
  virtual void forward(const OpContext& context) const = 0;
  virtual void backward(const OpContext& context) const = 0;
};

enum class Direction : std::uint8_t { forward, backward };

struct OpEvent {
  int position;              // of the op on the tape
  const std::string& name;   // of the op
  const std::string& label;  // what was recorded under Tape::label(), "conv1"
  Direction direction;
  const OpContext& context;
};

class TapeObserver {  // timing, NaN hunts, tracing
 public:
  virtual ~TapeObserver() = default;
  virtual void before(const OpEvent& event) = 0;
  virtual void after(const OpEvent& event) = 0;
};

class Tape {
 public:
  Tape(Backend& backend, const ParameterStore& parameters, Mode mode);

  // ---- recording ------------------------------------------------------------------------------------
  // Inputs live as long as the tape, so they can be written at any time.
  Var input(const TensorSpec& spec, bool wants_gradient = false);
  Var parameter(ParameterId id);
  // Outputs of one op; `saved` exists in Mode::train only.
  std::vector<Var> append(std::unique_ptr<Op> op, std::span<const Var> inputs,
                          std::span<const TensorSpec> outputs, std::span<const TensorSpec> saved = {});
  // A view of the same memory with another shape.
  Var reshape(Var value, const Shape& shape);
  void label(std::string text) { label_ = std::move(text); }  // of the ops appended from now on
  const TensorSpec& spec(Var value) const;
  Mode mode() const { return mode_; }
  DType compute_type() const { return c3d::compute_type(backend_.precision()); }
  std::uint32_t op_count() const { return static_cast<std::uint32_t>(nodes_.size()); }

  // Results outlive the replay. A result that nothing consumes and that is no loss is where backward starts:
  // the caller writes its gradient().
  void compile(std::span<const Var> results);

  // ---- replaying ------------------------------------------------------------------------------------
  void forward();
  void backward() {
    backward([](int /*position*/) {});
  }
  // The same, and says after which op it is.
  void backward(const std::function<void(int position)>& after_op);
  // After which op's backward pass the gradient of a parameter is whole; nullopt: none is computed.
  std::optional<int> gradient_is_whole_after(ParameterId id) const;
  // Of inputs, parameters and results; of other values only for the observer, while they live.
  Tensor tensor(Var value) const;
  // Of inputs that want it (after backward) and of results that start backward.
  Tensor gradient(Var value) const;
  void observe(TapeObserver* observer) { observer_ = observer; }  // nullptr: none
  std::size_t arena_bytes() const { return arena_.bytes(); }

 private:
  struct Value {
    TensorSpec spec;
    std::int32_t producer = -1;   // node, or -1: input or parameter
    std::int32_t alias_of = -1;   // a reshape of this value
    std::int32_t parameter = -1;  // ParameterId
    bool is_input = false;
    bool wants_gradient = false;
    bool is_result = false;
    Tensor tensor;
    Tensor gradient;
  };
  struct Node {
    std::unique_ptr<Op> op;
    std::string name, label;
    std::vector<std::int32_t> inputs, outputs;
    std::vector<TensorSpec> saved_specs;
    std::vector<Tensor> input_tensors, output_tensors, saved;
    std::vector<Tensor> input_gradients, output_gradients;
    // Where an input's gradient is added to what a later consumer wrote: computed aside, then accumulated.
    std::vector<Tensor> gradient_sums;
    bool runs_backward = false;
  };
  struct Request;  // one piece of memory asked of the plan

  std::int32_t root(std::int32_t value) const;
  void plan_values(std::vector<Request>& requests);
  void plan_gradients(std::vector<Request>& requests);
  void bind(const std::vector<Request>& requests);
  void run(int position, Direction direction);

  Backend& backend_;
  const ParameterStore& parameters_;
  Mode mode_;
  std::string label_;
  std::vector<Value> values_;
  std::vector<Node> nodes_;
  bool compiled_ = false;
  Buffer arena_;
  TapeObserver* observer_ = nullptr;
};

}  // namespace c3d
