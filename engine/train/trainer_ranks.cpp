// What Trainer does together with the other ranks.
#include <algorithm>

#include "engine/distributed/gradient_exchange.h"
#include "engine/train/trainer.h"

namespace c3d {
namespace {

constexpr std::uint64_t kExchangeProgram = 3, kAddAndExchangeProgram = 4;

}  // namespace

// All ranks or none: each has a part, and a record of a step holds what every step has.
bool Trainer::exchanges_beside(const Position& at) const {
  return backend_.reduces_beside() && at.parts == config_.accumulate;
}

void Trainer::run_and_exchange(const StepScalars& scalars, Tensor sums, bool adds) {
  backend_.begin_step(scalars);
  const auto step = [&] {
    program_.tape().forward();
    std::size_t next = 0;
    program_.tape().backward([&](int position) {
      for (; next < buckets_.size() && buckets_[next].whole_after >= position; ++next)
        exchange(static_cast<std::int64_t>(next), sums, adds);
    });
    backend_.join_all_reduces();
  };
  try {
    backend_.replay(adds ? kAddAndExchangeProgram : kExchangeProgram, step);
  } catch (const RankFailure&) {
    throw;
  } catch (const StepGivenUp&) {
    throw;
  } catch (const Error& error) {
    // What is on its way to other ranks lies in this one's memory: it ends before that is freed.
    ranks_.fail(error.message(), 1);
  } catch (const std::exception& error) {
    ranks_.fail(error.what(), 1);
  }
}

void Trainer::exchange(std::int64_t bucket, Tensor sums, bool adds) {
  const GradientBucket& part = buckets_[static_cast<std::size_t>(bucket)];
  const Tensor own = parameters_.all_gradients().rows(part.first, part.count);
  const Tensor sum = sums.rows(part.first, part.count);
  backend_.sum_of_squares(own, bucket_squares().rows(bucket, 1));
  if (adds) backend_.accumulate(own, sum);
  backend_.all_reduce(sum, ranks_.size());
}

void Trainer::exchange_all(const Position& at, Tensor sums) {
  const auto contributors = static_cast<int>(std::min<std::int64_t>(at.parts, ranks_.size()));
  for (const GradientBucket& bucket : buckets_)
    backend_.all_reduce(sums.rows(bucket.first, bucket.count), contributors);
  backend_.join_all_reduces();
}

bool Trainer::agree(bool stop) {
  if (ranks_.is_alone()) return stop;
  const std::vector<std::string> stops = ranks_.all_gather(stop ? "1" : "");
  return std::ranges::any_of(stops, [](const std::string& text) { return !text.empty(); });
}

StepShare Trainer::own_share() {
  const std::int64_t rows = remembered_ * config_.input.batch;
  const Tensor losses = host_losses_.tensor({rows}, DType::f32);
  const Tensor probabilities = host_probabilities_.tensor({rows, program_.classes()}, DType::f32);
  backend_.copy(losses_.tensor(losses.shape(), DType::f32), losses);
  backend_.copy(probabilities_.tensor(probabilities.shape(), DType::f32), probabilities);
  backend_.synchronize();
  StepShare share;
  share.losses.resize(step_parts_.size());
  std::int64_t row = 0;
  for (std::size_t step = 0; step < step_parts_.size(); ++step) {
    for (const std::int64_t end = row + step_parts_[step] * config_.input.batch; row < end; ++row) {
      if (labels_[static_cast<std::size_t>(row)] >= 0) share.losses[step].push_back(losses.as<float>()[row]);
    }
  }
  if (rows > 0) {
    share.correct = label_sets_.empty()
                        ? top_k_correct(probabilities, host_tensor(labels_.data(), {rows}), 1)
                        : first_in_set(probabilities, host_tensor(label_sets_.data(), probabilities.shape()));
  }
  if (!ranks_.is_alone()) {
    share.parameters = checksum(backend_, parameters_.all_values(), squares_.tensor({1}, DType::f32));
  }
  remembered_ = 0;
  step_parts_.clear();
  return share;
}

void Trainer::measure(BatchSource& train, BatchSource* validation) {
  measure_micro_batch(train);
  if (validation != nullptr) evaluator_.measure(*validation);
}

double Trainer::measure_micro_batch(BatchSource& source) {
  source.start_epoch(0);
  const Batch* batch = source.next();
  expect(batch != nullptr, "training: there is not one clip to train on");
  program_.upload(*batch);
  StepScalars scalars;
  scalars.seed = config_.seed;
  run_micro_batch(scalars);
  const Event start = backend_.record_event();
  run_micro_batch(scalars);
  return backend_.milliseconds(start, backend_.record_event()) / 1000;
}

void Trainer::follow_lead() {
  broadcast(ranks_, backend_, parameters_.all_values());
  for (const StateArray& array : state_arrays()) broadcast(ranks_, backend_, array.values);
  static_assert(std::is_trivially_copyable_v<TrainState>);
  ranks_.broadcast(std::as_writable_bytes(std::span(&state_, 1)));
  parameters_.values_changed(backend_);
  if (state_.step > 0) unsaved_ = false;
}

}  // namespace c3d
