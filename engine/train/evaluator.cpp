#include "engine/train/evaluator.h"

#include <chrono>

#include "engine/io/read_error.h"
#include "engine/train/crop_means.h"
#include "engine/train/evaluated_batches.h"

namespace c3d {

Evaluator::Evaluator(Backend& backend, const ParameterStore& parameters, Network network,
                     const ClipInput& input, TargetKind targets, std::uint64_t program, Communicator& ranks)
    : backend_(backend),
      parameters_(parameters),
      network_(std::move(network)),
      input_(input),
      targets_(targets == TargetKind::label_set ? targets : TargetKind::label),
      program_number_(program),
      ranks_(ranks) {}

std::size_t Evaluator::arena_bytes() const { return program_ ? program_->arena_bytes() : 0; }

void Evaluator::record(std::int64_t rows) {
  input_.batch = rows;
  program_ = std::make_unique<ClipProgram>(backend_, parameters_, Mode::infer, network_, input_,
                                           LossOptions{.targets = targets_});
  for (Started& started : started_) {
    started.probabilities = backend_.allocate(program_->probabilities().bytes(), MemoryKind::pinned);
    started.losses = backend_.allocate(program_->losses().bytes(), MemoryKind::pinned);
  }
}

void Evaluator::prepare(std::int64_t rows) {
  if (program_) return;
  record(rows);
  if (parameters_.all_values().memory_kind() != MemoryKind::device) return;
  // The scratch memory of the ops is made when they first run.
  program_->upload_padding();
  backend_.replay(program_number_, [this] { program_->tape().forward(); });
  backend_.synchronize();
}

Tensor Evaluator::probabilities_of(const Started& started) const {
  return started.probabilities.tensor(program_->probabilities().shape(), DType::f32);
}

Tensor Evaluator::losses_of(const Started& started) const {
  return started.losses.tensor(program_->losses().shape(), DType::f32);
}

void Evaluator::start(const Batch& batch, Started& started) {
  program_->upload(batch);
  backend_.replay(program_number_, [this] { program_->tape().forward(); });
  backend_.copy(program_->probabilities(), probabilities_of(started));
  backend_.copy(program_->losses(), losses_of(started));
  started.done = backend_.record_event();
  const auto* labels = batch.labels_i32.as<std::int32_t>();
  started.labels.assign(labels, labels + batch.labels_i32.count());
  started.origins.assign(batch.origins.begin(), batch.origins.end());
  started.batch = {};
  started.batch.labels_i32 = host_tensor(started.labels.data(), batch.labels_i32.shape());
  if (!batch.label_sets.empty()) {
    const auto* sets = batch.label_sets.as<float>();
    started.label_sets.assign(sets, sets + batch.label_sets.count());
    started.batch.label_sets = host_tensor(started.label_sets.data(), batch.label_sets.shape());
  }
  started.batch.origins = started.origins;
  started.batch.size = batch.size;
}

void Evaluator::measure(BatchSource& source) {
  source.start_epoch(0);
  const Batch* batch = source.next();
  if (batch == nullptr) return;
  if (!program_) record(batch->labels_i32.count());
  start(*batch, started_.front());
  backend_.wait(started_.front().done);
}

std::optional<EvaluationReport> Evaluator::evaluate(BatchSource& source,
                                                    const std::function<bool()>& stop_requested) {
  const auto start_time = std::chrono::steady_clock::now();
  std::optional<EvaluationTally> tally;
  CropMeans means;
  const auto count = [&](ConstTensor probabilities, ConstTensor losses, const Batch& batch) {
    if (!tally) tally.emplace(probabilities.shape()[1]);
    if (input_.clip.crops > 1) {
      means.add(probabilities, batch, *tally);
    } else {
      tally->add(probabilities, losses, batch);
    }
  };
  EvaluatedBatches shared;
  const auto take = [&](const Started& started) {
    backend_.wait(started.done);
    if (ranks_.is_alone()) {
      count(probabilities_of(started), losses_of(started), started.batch);
    } else {
      shared.add(probabilities_of(started), losses_of(started), started.batch);
    }
  };
  source.start_epoch(0);
  std::size_t batches = 0;
  bool stopped = false;
  while (const Batch* batch = source.next()) {
    ranks_.tick();
    stopped = stop_requested && stop_requested();
    if (stopped) break;
    if (!program_) record(batch->labels_i32.count());
    start(*batch, started_[batches % started_.size()]);
    if (batches > 0) take(started_[(batches - 1) % started_.size()]);
    ++batches;
    program_->wait_for_upload();  // the source fills its memory again
  }
  if (batches > 0) take(started_[(batches - 1) % started_.size()]);
  if (!ranks_.is_alone()) stopped = !shared.count_all(ranks_, stopped, count);
  if (stopped) return std::nullopt;
  expect(tally.has_value(), "evaluation: there is not one clip to evaluate");
  means.finish(*tally);
  EvaluationReport report = tally->report();
  if (report.videos == 0) fail_to_read("evaluation: not one of its videos could be read");
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_time).count();
  return report;
}

}  // namespace c3d
