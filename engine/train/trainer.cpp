#include "engine/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "engine/distributed/gradient_exchange.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr std::uint64_t kTrainProgram = 1, kEvaluateProgram = 2;  // and those of trainer_ranks.cpp

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Remembers that it was the source that threw.
class WatchedSource : public BatchSource {
 public:
  WatchedSource(BatchSource& source, bool& failed) : source_(source), failed_(failed) {}

  std::int64_t batches_per_epoch() const override { return source_.batches_per_epoch(); }
  std::int64_t clips_per_epoch() const override { return source_.clips_per_epoch(); }
  std::int64_t rows_per_batch() const override { return source_.rows_per_batch(); }
  void start_epoch(int epoch, std::int64_t first_batch) override {
    watched([&] { source_.start_epoch(epoch, first_batch); });
  }
  const Batch* next() override {
    const Batch* batch = nullptr;
    watched([&] { batch = source_.next(); });
    return batch;
  }

 private:
  template <typename Call>
  void watched(const Call& call) {
    failed_ = true;
    call();
    failed_ = false;
  }

  BatchSource& source_;
  bool& failed_;
};

// A store of its own, for the evaluation to compute with.
std::unique_ptr<ParameterStore> copy_of(Backend& backend, const ParameterStore& parameters) {
  auto copy = std::make_unique<ParameterStore>();
  for (const ParameterSpec& spec : parameters.specs()) copy->declare(spec);
  copy->allocate(backend, false);
  backend.copy(parameters.all_values(), copy->all_values());
  return copy;
}

const TrainConfig& checked(const TrainConfig& config, int ranks) {
  expect(config.input.batch > 0 && config.accumulate > 0,
         "training: a batch of {} and {} parts a step must be positive", config.input.batch,
         config.accumulate);
  expect(
      config.accumulate >= ranks,
      "{} ranks cannot share a step of {} micro-batch{}: set accumulate to {} or more, or start fewer ranks",
      ranks, config.accumulate, config.accumulate == 1 ? "" : "es", ranks);
  expect(config.schedule.total_steps > 0, "training: {} steps is no run", config.schedule.total_steps);
  expect(config.report_every > 0, "training: report_every is {}, it must be positive", config.report_every);
  expect(config.patience >= 0, "training: a patience of {} evaluations must not be negative",
         config.patience);
  return config;
}

ClipInput evaluation_input(const TrainConfig& config) {
  ClipInput input = config.input;
  input.clip = config.evaluation_clip.value_or(input.clip);
  return input;
}

}  // namespace

std::size_t TrainMemory::total() const {
  return arena + evaluation_arena + parameters_and_gradients + optimizer + average + accumulation +
         backend.workspace_bytes + backend.packed_bytes;
}

std::int64_t steps_per_epoch(std::int64_t batches, std::int64_t accumulate) {
  return (batches + accumulate - 1) / accumulate;
}

Trainer::Trainer(Backend& backend, ParameterStore& parameters, const Network& network,
                 const TrainConfig& config, Communicator* ranks)
    : backend_(backend),
      parameters_(parameters),
      ranks_(ranks != nullptr ? *ranks : alone_),
      config_(checked(config, ranks_.size())),
      average_(config.average.decay > 0 ? copy_of(backend, parameters) : nullptr),
      program_(backend, parameters, Mode::train, network, config.input, config.loss),
      evaluator_(backend, judged(), network, evaluation_input(config), config.loss.targets, kEvaluateProgram,
                 ranks_),
      optimizer_(backend, parameters, config.optimizer),
      buckets_(gradient_buckets(parameters, program_.tape())),
      squares_(backend.allocate(sizeof(float), MemoryKind::device)),
      bucket_squares_(
          backend.allocate(std::max<std::size_t>(1, buckets_.size()) * sizeof(float), MemoryKind::device)) {
  const std::int64_t most_parts = share_of(config.accumulate, ranks_.size(), 0).count();
  const std::int64_t rows = config.report_every * most_parts * config.input.batch;
  const auto losses = static_cast<std::size_t>(rows) * sizeof(float);
  const auto probabilities = losses * static_cast<std::size_t>(program_.classes());
  losses_ = backend.allocate(losses, MemoryKind::device);
  probabilities_ = backend.allocate(probabilities, MemoryKind::device);
  host_losses_ = backend.allocate(losses, MemoryKind::pinned);
  host_probabilities_ = backend.allocate(probabilities, MemoryKind::pinned);
  host_scalar_ = backend.allocate(bucket_squares_.bytes(), MemoryKind::pinned);
  labels_.resize(static_cast<std::size_t>(rows));
  if (config.loss.targets == TargetKind::label_set) {
    label_sets_.resize(labels_.size() * static_cast<std::size_t>(program_.classes()));
  }
  if (most_parts > 1) sums_ = backend.allocate(parameters.all_gradients().bytes(), MemoryKind::device);
  backend.reduce_by(make_all_reducer(ranks_, backend, parameters.all_gradients()));
}

void Trainer::restore(const TrainState& state) {
  expect(state.step <= config_.schedule.total_steps,
         "the training state is at step {}, but the run has only {}", state.step,
         config_.schedule.total_steps);
  const auto is_step = [&](std::int64_t step) { return step >= -1 && step <= state.step; };
  expect(state.step >= 0 && is_step(state.best_step) && is_step(state.evaluated_step) &&
             std::isfinite(state.seconds) && state.seconds >= 0 && state.best_top1 >= -1 &&
             state.best_top1 <= 1 && state.best_clip_accuracy >= -1 && state.best_clip_accuracy <= 1 &&
             !std::isnan(state.best_loss) && state.evaluations_since_best >= 0,
         "the training state contradicts itself: step {}, {} seconds, best after step {} ({}, loss {}), "
         "evaluated after step {}, {} evaluations since the best",
         state.step, state.seconds, state.best_step, state.best_top1, state.best_loss, state.evaluated_step,
         state.evaluations_since_best);
  state_ = state;
  unsaved_ = false;
}

Trainer::Position Trainer::position(const BatchSource& train) const {
  const std::int64_t batches = train.batches_per_epoch();
  expect(batches > 0, "training: there is not one clip to train on");
  Position at{};
  at.epoch_steps = steps_per_epoch(batches, config_.accumulate);
  at.epoch = static_cast<int>(state_.step / at.epoch_steps);
  at.epoch_step = state_.step % at.epoch_steps;
  at.first_batch = at.epoch_step * config_.accumulate;
  at.parts = std::min(config_.accumulate, batches - at.first_batch);
  at.clips = std::min(at.parts * config_.input.batch,
                      train.clips_per_epoch() - at.first_batch * config_.input.batch);
  return at;
}

bool Trainer::due(std::int64_t step, std::int64_t every) const {
  if (step == config_.schedule.total_steps) return true;
  return every > 0 && step > 0 && step % every == 0;
}

RunEnd Trainer::run(BatchSource& train, BatchSource* validation, const TrainHooks& hooks) {
  bool failed = false;
  WatchedSource watched_train(train, failed);
  std::optional<WatchedSource> watched_validation;
  if (validation != nullptr) watched_validation.emplace(*validation, failed);
  try {
    return run_steps(watched_train, watched_validation ? &*watched_validation : nullptr, hooks);
  } catch (const StepGivenUp&) {
    if (unsaved_) save(hooks);
    return RunEnd::stopped;
  } catch (Error& error) {
    if (failed || dynamic_cast<const ReadError*>(&error) != nullptr) {
      if (const std::string why = save_before_end(hooks); !why.empty()) error.add_context(why);
    }
    throw;
  } catch (...) {  // no memory for a clip, say
    if (failed) save_before_end(hooks);
    throw;
  }
}

// The parameters are those of the last whole step: clips that cannot be read cost no more than theirs.
std::string Trainer::save_before_end(const TrainHooks& hooks) {
  if (!unsaved_ || state_.step <= first_step_) return "";
  try {
    save(hooks);
    return "";
  } catch (const std::exception& error) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    return fmt::format("what was learnt since the last snapshot is not saved: {}",
                       ours != nullptr ? ours->message() : error.what());
  }
}

RunEnd Trainer::run_steps(BatchSource& train, BatchSource* validation, const TrainHooks& hooks) {
  run_start_ = now();
  earlier_seconds_ = state_.seconds;
  first_step_ = state_.step;
  if (validation != nullptr && !ranks_.is_alone()) evaluator_.prepare(validation->rows_per_batch());
  bool epoch_started = false;
  for (;;) {
    bool stop = agree(hooks.stop_requested && hooks.stop_requested());
    const bool validates = validation != nullptr && due(state_.step, config_.validate_every);
    if (!stop && validates && state_.evaluated_step != state_.step) {
      stop = !validate(*validation, hooks, position(train));
    }
    if ((stop || out_of_patience() || due(state_.step, config_.snapshot_every)) && unsaved_) save(hooks);
    if (stop) return RunEnd::stopped;
    if (state_.step == config_.schedule.total_steps) return RunEnd::finished;
    if (out_of_patience()) return RunEnd::out_of_patience;

    const Position at = position(train);
    if (!epoch_started || at.epoch_step == 0) train.start_epoch(at.epoch, at.first_batch);
    epoch_started = true;
    // What a snapshot or an evaluation follows is reported first, so that a resumed run reports alike.
    const std::int64_t next = state_.step + 1;
    const bool reports = next % config_.report_every == 0 || due(next, config_.snapshot_every) ||
                         due(next, config_.validate_every);
    step(train, at, reports);
    if (reports) report(at);
  }
}

void Trainer::step(BatchSource& train, const Position& at, bool reports) {
  const double start = now();
  StepScalars scalars;
  scalars.seed = config_.seed;
  scalars.step = static_cast<std::uint64_t>(state_.step);
  scalars.learning_rate = static_cast<float>(learning_rate(config_.schedule, state_.step));
  scalars.loss_scale = 1.0f / static_cast<float>(at.clips);
  scalars.average_decay = static_cast<float>(average_decay(config_.average, state_.step));
  const BatchRange mine = share_of(at.parts, ranks_.size(), ranks_.rank());
  const Tensor micro_batch_gradients = parameters_.all_gradients();
  const Tensor gradients =
      mine.count() <= 1 ? micro_batch_gradients : sums_.tensor(micro_batch_gradients.shape(), DType::f32);
  const auto clips_before = [&](std::int64_t part) { return std::min(part * config_.input.batch, at.clips); };
  const std::int64_t expected_clips = clips_before(mine.last) - clips_before(mine.first);
  if (mine.count() == 0) backend_.begin_step(scalars);  // the optimizer reads them
  const bool beside = exchanges_beside(at);
  std::int64_t clips = 0;
  for (std::int64_t part = mine.first; part < mine.last; ++part) {
    ranks_.tick();
    program_.wait_for_upload();  // next() gives the last batch's memory back
    const Batch* batch = train.next();
    expect(batch != nullptr, "training: the epoch ended after {} clips of {} in step {}", clips,
           expected_clips, state_.step);
    clips += batch->size;
    program_.upload(*batch);
    scalars.first_row = static_cast<std::uint64_t>(part * config_.input.batch);
    const bool exchanges = beside && part + 1 == mine.last;
    if (exchanges) {
      run_and_exchange(scalars, gradients, part > mine.first);
    } else {
      run_micro_batch(scalars);
    }
    remember_part(*batch);
    if (reports) stop_if_not_finite(scalars, exchanges ? bucket_squares() : gradient_squares());
    if (exchanges) continue;
    if (mine.count() > 1 && part == mine.first) backend_.copy(micro_batch_gradients, gradients);
    if (part > mine.first) backend_.accumulate(micro_batch_gradients, gradients);
  }
  expect(clips == expected_clips, "training: step {} had {} clips instead of {}", state_.step, clips,
         expected_clips);
  step_parts_.push_back(mine.count());
  if (!beside) exchange_all(at, gradients);
  optimizer_.step(gradients, state_.step, average_ != nullptr ? average_->all_values() : Tensor());
  ++state_.step;
  unsaved_ = true;
  if (reports) backend_.synchronize();
  step_seconds_ += now() - start;
}

void Trainer::run_micro_batch(const StepScalars& scalars) {
  backend_.begin_step(scalars);
  backend_.replay(kTrainProgram, [this] {
    program_.tape().forward();
    program_.tape().backward();
  });
}

// The next part overwrites the tape's results, so they are kept aside until the report.
void Trainer::remember_part(const Batch& batch) {
  const std::int64_t n = config_.input.batch, slot = remembered_++;
  const Shape all{static_cast<std::int64_t>(labels_.size())};
  const Shape all_classes{all[0], program_.classes()};
  backend_.copy(program_.losses(), losses_.tensor(all, DType::f32).rows(slot * n, n));
  backend_.copy(program_.probabilities(), probabilities_.tensor(all_classes, DType::f32).rows(slot * n, n));
  std::copy_n(batch.labels_i32.as<std::int32_t>(), n, labels_.begin() + slot * n);
  if (!label_sets_.empty()) {
    std::copy_n(batch.label_sets.as<float>(), n * program_.classes(),
                label_sets_.begin() + slot * n * program_.classes());
  }
}

// The losses of all ranks in the order in which one alone would have had them.
void Trainer::report(const Position& at) {
  std::vector<StepShare> shares;
  for (const std::string& bytes : ranks_.all_gather(bytes_of(own_share())))
    shares.push_back(step_share_of(bytes));
  RunningMean loss;
  std::int64_t correct = 0;
  for (std::size_t step = 0; step < shares.front().losses.size(); ++step) {
    for (const StepShare& share : shares) {
      for (const float value : share.losses.at(step)) loss.add(static_cast<double>(value));
    }
  }
  for (std::size_t rank = 0; rank < shares.size(); ++rank) {
    correct += shares[rank].correct;
    expect(shares[rank].parameters == shares.front().parameters,
           "training stopped after step {}: the parameters of {} are no longer those of {}, though both make "
           "the same updates; its memory, device or kind of processor is another. Nothing was saved of it; "
           "earlier snapshots stay and are good",
           state_.step, ranks_.name_of(static_cast<int>(rank)), ranks_.name_of(0));
  }
  const double norm_squared = static_cast<double>(read_sum(optimizer_.gradient_norm_squared()));
  const auto clips = static_cast<double>(loss.count());
  state_.seconds = earlier_seconds_ + now() - run_start_;

  StepReport report;
  report.epoch = at.epoch;
  report.step = state_.step;
  report.total_steps = config_.schedule.total_steps;
  report.epoch_step = at.epoch_step + 1;
  report.epoch_steps = at.epoch_steps;
  report.loss = loss.mean();
  report.accuracy = static_cast<double>(correct) / clips;
  report.gradient_norm = std::sqrt(norm_squared);
  report.learning_rate = learning_rate(config_.schedule, state_.step - 1);
  report.clips_per_second = clips / step_seconds_;
  report.seconds_left = (now() - run_start_) / static_cast<double>(state_.step - first_step_) *
                        static_cast<double>(report.total_steps - state_.step);
  report.seconds = state_.seconds;
  for (MetricSink* sink : sinks_) sink->on_step(report);
  step_seconds_ = 0;
}

bool Trainer::validate(BatchSource& validation, const TrainHooks& hooks, const Position& at) {
  if (average_ != nullptr) average_->values_changed(backend_);
  auto report = evaluator_.evaluate(validation, hooks.stop_requested);
  if (!report) return false;
  report->split = "validation";
  report->epoch = static_cast<int>(std::max<std::int64_t>(state_.step - 1, 0) / at.epoch_steps);
  report->step = state_.step;
  stop_if_not_finite(*report);
  unsaved_ = true;
  const bool best = note_evaluation(state_, *report, config_.best_by);
  for (MetricSink* sink : sinks_) sink->on_evaluation(*report);
  if (hooks.evaluated) hooks.evaluated(*report, best);
  return true;
}

EvaluationReport Trainer::evaluate(BatchSource& source, const std::string& split) {
  if (average_ != nullptr) average_->values_changed(backend_);
  std::optional<EvaluationReport> report = evaluator_.evaluate(source, {});
  if (!report) fail("evaluation: it ended early, though nothing asked it to");
  report->split = split;
  report->step = state_.step;
  for (MetricSink* sink : sinks_) sink->on_evaluation(*report);
  return *report;
}

void Trainer::save(const TrainHooks& hooks) {
  // The last update itself may have gone wrong: its result has not been through the network yet.
  expect(
      std::isfinite(sum_of_squares(parameters_.all_values())),
      "training stopped after step {}: the parameters are not finite. They were not saved; earlier snapshots "
      "stay and are good. Try a smaller learning_rate or clip_norm",
      state_.step);
  state_.seconds = earlier_seconds_ + now() - run_start_;
  if (hooks.save) hooks.save();
  unsaved_ = false;
}

std::vector<StateArray> Trainer::state_arrays() const {
  std::vector<StateArray> arrays = optimizer_.state_arrays();
  if (average_ != nullptr) arrays.push_back({"average", average_->all_values()});
  return arrays;
}

TrainMemory Trainer::memory() const {
  TrainMemory memory;
  memory.arena = program_.arena_bytes();
  memory.evaluation_arena = evaluator_.arena_bytes();
  memory.parameters_and_gradients = parameters_.bytes();
  memory.optimizer = optimizer_.state_bytes();
  memory.average = average_ != nullptr ? average_->bytes() : 0;
  memory.accumulation = sums_.bytes();
  memory.backend = backend_.memory();
  return memory;
}

}  // namespace c3d
