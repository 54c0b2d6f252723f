// Trains a network: records it once, then replays it step by step (see ARCHITECTURE.md, "A training
// step"). Knows neither the model nor files: snapshots, logs and signals are the hooks' and sinks' business.
// Assumes nothing about where the backend's memory is. One thread, and one Trainer per Backend; borrows
// backend and parameters.
//
// Where several ranks train together, each makes the same calls with sources that give it its share of the batches (BatchShare:
// of training by steps, of evaluation by ranks). They share the micro-batches of each step, and nothing that a run comes to
// depends on how many they are, but for the order in which gradients are added.
//
// A run is a pure function of its settings and of TrainState::step: restoring values, state_arrays() and
// state continues it to the same bits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/distributed/batch_share.h"
#include "engine/distributed/communicator.h"
#include "engine/optim/layer_schedule.h"
#include "engine/optim/learning_rate.h"
#include "engine/optim/optimizer.h"
#include "engine/train/best_evaluation.h"
#include "engine/train/checkpoint.h"
#include "engine/train/evaluator.h"
#include "engine/train/gradient_buckets.h"
#include "engine/train/metrics.h"
#include "engine/train/report.h"
#include "engine/train/step_share.h"

namespace c3d {

struct TrainConfig {
  ClipInput input;  // one part of a step: input.batch clips
  // Of clips that are evaluated, where these are stored otherwise or have several crops.
  std::optional<ClipSpec> evaluation_clip = std::nullopt;
  std::int64_t accumulate = 1;  // parts whose gradients make one step
  Schedule schedule;            // its rate is read at every step; total_steps is the length of the run
  OptimizerOptions optimizer;
  // Of the parameters; where one is kept it is what is evaluated, and what weights() says.
  AverageOptions average;
  LossOptions loss;
  std::uint64_t seed = 0;
  // In optimizer steps. Losses are read back, and looked at, at every report; nothing else waits for the
  // device.
  std::int64_t report_every = 1;
  std::int64_t validate_every = 0;  // and at the end; 0: only at the end
  std::int64_t snapshot_every = 0;  // and at the end; 0: only at the end
  BestBy best_by = BestBy::video_accuracy;
  // Evaluations in a row without a better one that end the run (early stopping, Prechelt 1998); 0: none do.
  std::int64_t patience = 0;
};

struct TrainHooks {
  // Values, state_arrays() and state() are to be kept; everything reported so far belongs to it.
  std::function<void()> save;
  std::function<void(const EvaluationReport&, bool best)> evaluated;
  // Asked after every step and between evaluated batches; true ends the run with a snapshot. May throw to end
  // it without.
  std::function<bool()> stop_requested;
};

struct TrainMemory {  // bytes
  std::size_t arena = 0, evaluation_arena = 0, parameters_and_gradients = 0, optimizer = 0, average = 0,
              accumulation = 0;
  BackendMemory backend;
  std::size_t total() const;
};

enum class RunEnd : std::uint8_t {
  finished,
  out_of_patience,  // before its last step, with a snapshot, and for good: a resumed run ends so at once
  stopped
};

// Optimizer steps in an epoch of `batches`: the last one may have fewer parts.
std::int64_t steps_per_epoch(std::int64_t batches, std::int64_t accumulate);

class Trainer {
 public:
  // The store is allocated, with gradients, and holds the values that the run starts from. ranks: borrowed; nullptr: this
  // process trains alone. Error: fewer parts a step than ranks.
  Trainer(Backend& backend, ParameterStore& parameters, const Network& network, const TrainConfig& config,
          Communicator* ranks = nullptr);

  // What the lead has (parameters, state_arrays(), state()) on all ranks. Collective.
  void follow_lead();
  // Has the backend choose how each op of training and evaluation is computed, on a batch of each source.
  void measure(BatchSource& train, BatchSource* validation);
  void add_sink(MetricSink& sink) { sinks_.push_back(&sink); }
  // After restore_checkpoint() has put values and state_arrays() back. Error: a state that no run can have
  // left.
  void restore(const TrainState& state);
  // From state().step to the end. validation may be nullptr. Error: a loss or gradient norm that is not
  // finite, with the layer where it began; nothing is saved after that. An exception of a source comes
  // through, after a snapshot of the steps before it.
  RunEnd run(BatchSource& train, BatchSource* validation, const TrainHooks& hooks);
  EvaluationReport evaluate(BatchSource& source, const std::string& split);
  // Seconds of one part's forward and backward pass, the second of two; the parameters stay as they are.
  double measure_micro_batch(BatchSource& source);

  const TrainState& state() const { return state_; }
  // The optimizer's, and the "average" of the parameters where one is kept.
  std::vector<StateArray> state_arrays() const;
  // f32 [elements], in the store's layout: the average of the parameters, or else the parameters themselves.
  Tensor weights() const { return judged().all_values(); }
  std::int64_t classes() const { return program_.classes(); }
  TrainMemory memory() const;

 private:
  struct Position {  // of a step in its epoch
    int epoch;
    std::int64_t epoch_step, epoch_steps, first_batch, parts, clips;
  };
  RunEnd run_steps(BatchSource& train, BatchSource* validation, const TrainHooks& hooks);
  std::string save_before_end(const TrainHooks& hooks);  // why it could not, or nothing
  Position position(const BatchSource& train) const;
  bool due(std::int64_t step, std::int64_t every) const;
  bool out_of_patience() const {
    return config_.patience > 0 && state_.evaluations_since_best >= config_.patience;
  }
  void step(BatchSource& train, const Position& at, bool reports);
  void run_micro_batch(const StepScalars& scalars);
  // Of the last part of a step: its gradients, added to those of the others in `sums` where there are any, are exchanged meanwhile.
  void run_and_exchange(const StepScalars& scalars, Tensor sums, bool adds);
  void exchange(std::int64_t bucket, Tensor sums, bool adds);
  void exchange_all(const Position& at, Tensor sums);
  bool exchanges_beside(const Position& at) const;
  void remember_part(const Batch& batch);
  bool agree(bool stop);  // whether any rank wants to
  StepShare own_share();
  // squares: of all elements of the gradient, in parts.
  void stop_if_not_finite(const StepScalars& scalars, ConstTensor squares);
  Tensor gradient_squares();       // of this rank's last part
  Tensor bucket_squares() const {  // the same, after run_and_exchange()
    return bucket_squares_.tensor({std::ssize(buckets_)}, DType::f32);
  }
  void stop_if_not_finite(const EvaluationReport& report);
  [[noreturn]] void explain_failure(const StepScalars& scalars, Direction direction, const std::string& what);
  float read_sum(ConstTensor few);  // as many as there are buckets, or one
  float sum_of_squares(ConstTensor values);
  void report(const Position& at);
  bool validate(BatchSource& validation, const TrainHooks& hooks, const Position& at);
  void save(const TrainHooks& hooks);
  const ParameterStore& judged() const { return average_ != nullptr ? *average_ : parameters_; }

  Backend& backend_;
  ParameterStore& parameters_;
  SingleProcess alone_;
  Communicator& ranks_;
  TrainConfig config_;
  std::unique_ptr<ParameterStore> average_;  // of the parameters, or nullptr: none is kept
  ClipProgram program_;
  Evaluator evaluator_;
  Optimizer optimizer_;
  std::vector<MetricSink*> sinks_;
  TrainState state_;
  bool unsaved_ = true;

  Buffer sums_;  // of the parts' gradients; empty where a step has one part
  std::vector<GradientBucket> buckets_;
  Buffer squares_;         // sum_of_squares()'s, on the device
  Buffer bucket_squares_;  // the same of each bucket, of this rank's part
  // Of all parts of this rank since the last report: on the device, and read back.
  Buffer losses_, probabilities_, host_losses_, host_probabilities_, host_scalar_;
  std::vector<std::int32_t> labels_;
  std::vector<float> label_sets_;         // of all those clips, where they have sets
  std::int64_t remembered_ = 0;           // parts
  std::vector<std::int64_t> step_parts_;  // of each step, this rank's

  double step_seconds_ = 0;  // since the last report
  double run_start_ = 0, earlier_seconds_ = 0;
  std::int64_t first_step_ = 0;
};

}  // namespace c3d
